-- Answers that were changed elsewhere meanwhile, in another tab or on another device, are never
-- overwritten unseen: a save may say which version of the profile it was made from.

-- `answers_changed_at` holds the time of the last change of each answer, by its name, so that two
-- windows that change different answers do not stand in each other's way. A name that is absent was
-- not changed since these times are kept.
alter table public.clients
  add column answers_changed_at jsonb not null default '{}',
  add column status_changed_at timestamptz,
  add constraint clients_answers_changed_at_is_object check (jsonb_typeof(answers_changed_at) = 'object');

update public.clients set status_changed_at = coalesce(submitted_at, created_at);
alter table public.clients
  alter column status_changed_at set default now(),
  alter column status_changed_at set not null;

-- `updated_at` is the version. now() is the time a transaction began, and one that began earlier may
-- come to the row later; so it is the clock under the row's lock, and always later than it was.
create function private.mark_client_change() returns trigger
language plpgsql set search_path = ''
as $$
declare
  was jsonb := to_jsonb(old);
  is_now jsonb := to_jsonb(new);
begin
  new.updated_at := greatest(clock_timestamp(), old.updated_at + interval '1 microsecond');
  new.answers_changed_at := old.answers_changed_at || coalesce(
    (select jsonb_object_agg(answer, new.updated_at)
     from unnest(array[
       'full_name', 'business_name', 'phone', 'entity_type', 'ein', 'urgency', 'services_needed']) as answer
     where is_now -> answer is distinct from was -> answer),
    '{}');
  if new.onboarding_status is distinct from old.onboarding_status then
    new.status_changed_at := new.updated_at;
  end if;
  return new;
end;
$$;

drop trigger clients_touch_updated_at on public.clients;
-- The name puts it after clients_guard_update, which may still move the status.
create trigger clients_mark_change before update on public.clients
  for each row execute function private.mark_client_change();

-- As before, and with `seen_at`, the `updated_at` of the profile that the caller last saw: an answer
-- that was changed after it, and that this save would change again, is a conflict, and nothing is
-- saved. Submitting is also one when any answer was changed after it, since the client has not checked
-- that one. The same answer again is none, so a save may be repeated.
drop function public.submit_profile(jsonb, boolean);
create function public.submit_profile(
  changes jsonb, complete boolean default false, seen_at timestamptz default null)
returns setof public.clients
language plpgsql volatile security invoker set search_path = '' rows 1
as $$
declare
  client public.clients;
  wanted public.clients;
  unknown text;
  conflicts text[];
begin
  select key into unknown from jsonb_object_keys(changes) as key
  where key not in (
    'full_name', 'business_name', 'phone', 'entity_type', 'ein', 'urgency', 'services_needed')
  limit 1;
  if unknown is not null then
    raise sqlstate 'PT422' using message = 'unknown field', detail = unknown;
  end if;

  select * into client from public.clients where id = (select auth.uid()) for update;
  if not found then
    raise sqlstate 'PT404' using message = 'this account has no client record';
  end if;

  wanted := jsonb_populate_record(client, changes);
  wanted.services_needed := coalesce(wanted.services_needed, '{}');

  if seen_at < client.updated_at then
    select array_agg(answer order by answer) into conflicts
    from jsonb_each_text(client.answers_changed_at) as changed (answer, changed_at)
    where changed_at::timestamptz > seen_at
      and (to_jsonb(wanted) -> answer is distinct from to_jsonb(client) -> answer
        or (complete and client.onboarding_status in ('pending', 'in_progress')));
    if conflicts is not null then
      raise sqlstate 'PT409' using
        message = 'these answers were changed elsewhere',
        detail = array_to_json(conflicts)::text,
        hint = 'changed-elsewhere';
    end if;
  end if;

  if wanted is distinct from client then
    update public.clients set
      full_name = wanted.full_name,
      business_name = wanted.business_name,
      phone = wanted.phone,
      entity_type = wanted.entity_type,
      ein = wanted.ein,
      urgency = wanted.urgency,
      services_needed = wanted.services_needed
    where id = client.id;
  end if;

  if complete then
    perform private.submit_onboarding();
  end if;
  return query select * from public.clients where id = client.id;
end;
$$;
revoke execute on function public.submit_profile(jsonb, boolean, timestamptz) from public, anon;
grant execute on function public.submit_profile(jsonb, boolean, timestamptz) to authenticated;
