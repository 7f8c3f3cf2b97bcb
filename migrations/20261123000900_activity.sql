-- What happened on a client's account, for the client to look over and for the firm to answer from.
-- Rows are written by triggers alone, in the transaction of what they tell of; nobody, the service key
-- included, writes, changes or removes one. A row says what kind of thing it was and which field or
-- document, never a value that was entered.
create table public.activity (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  kind text not null,
  actor text not null,
  detail jsonb not null default '{}',
  -- Not now(): what happened in one transaction keeps its order.
  at timestamptz not null default clock_timestamp(),
  constraint activity_pkey primary key (id),
  constraint activity_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint activity_kind_is_known check (kind in (
    'account-created', 'signed-in', 'password-changed', 'email-changed', 'two-step-added',
    'two-step-removed', 'profile-changed', 'onboarding-submitted', 'status-changed',
    'document-added', 'document-renamed', 'document-recategorized', 'document-removed',
    'closure-requested', 'closure-withdrawn', 'closure-decided', 'data-exported')),
  constraint activity_actor_is_known check (actor in ('client', 'staff', 'system')),
  constraint activity_detail_is_small_object check (
    jsonb_typeof(detail) = 'object' and pg_column_size(detail) <= 2048)
);

-- The listing, newest first.
create index activity_newest on public.activity (client_id, at desc, id desc);

alter table public.activity enable row level security;

revoke all on public.activity from public, anon, authenticated, service_role;
grant select on public.activity to authenticated, service_role;

create policy "Clients read what happened on their own account" on public.activity
  for select to authenticated using (client_id = (select auth.uid()));
create policy "Staff read what happened on every account" on public.activity
  for select to authenticated using ((select private.is_staff()));

-- Who does it, as the request's token says. Without one it is Auth, a cron or a migration.
create function private.actor_on(client_id uuid) returns text
language sql stable set search_path = ''
as $$
  select case
    when auth.uid() = client_id then 'client'
    when private.is_staff() then 'staff'
    else 'system'
  end
$$;

-- A client who is just being removed takes the account's activity along: nothing is recorded then.
create function private.record_activity(
  client_id uuid, kind text, actor text, detail jsonb default '{}') returns void
language sql volatile set search_path = ''
as $$
  insert into public.activity (client_id, kind, actor, detail)
  select client.id, record_activity.kind, record_activity.actor, jsonb_strip_nulls(record_activity.detail)
  from public.clients as client
  where client.id = record_activity.client_id
$$;

create function private.record_new_client() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.record_activity(new.id, 'account-created', 'client');
  return null;
end;
$$;

create trigger clients_record_creation after insert on public.clients
  for each row execute function private.record_new_client();

-- Pages save while one types, so changes of the same hand within ten minutes are one entry.
create function private.record_client_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  who text := private.actor_on(new.id);
  fields jsonb;
begin
  select jsonb_agg(field.key order by field.key) into fields
  from jsonb_each(to_jsonb(new)) as field
  where field.key in (
      'full_name', 'business_name', 'phone', 'entity_type', 'ein', 'urgency', 'services_needed')
    and field.value is distinct from to_jsonb(old) -> field.key;
  if fields is not null then
    update public.activity as entry
    set at = clock_timestamp(),
        detail = jsonb_build_object('fields', (
          select jsonb_agg(distinct name order by name)
          from jsonb_array_elements(entry.detail -> 'fields' || fields) as name))
    where entry.id = (
        select id from public.activity where client_id = new.id order by at desc, id desc limit 1)
      and entry.kind = 'profile-changed'
      and entry.actor = who
      and entry.at > now() - interval '10 minutes';
    if not found then
      perform private.record_activity(
        new.id, 'profile-changed', who, jsonb_build_object('fields', fields));
    end if;
  end if;

  if new.onboarding_status is distinct from old.onboarding_status then
    if new.onboarding_status = 'in-review' and who = 'client' then
      perform private.record_activity(new.id, 'onboarding-submitted', who);
    elsif (old.onboarding_status, new.onboarding_status) <> ('pending', 'in_progress') then
      perform private.record_activity(
        new.id, 'status-changed', who, jsonb_build_object('status', new.onboarding_status));
    end if;
  end if;
  return null;
end;
$$;

create trigger clients_record_change after update on public.clients
  for each row execute function private.record_client_change();

-- The service key writes documents for the client who has uploaded them.
create function private.record_document_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  document public.client_documents := coalesce(new, old);
  who text := private.actor_on(document.client_id);
begin
  if who = 'system' then
    who := 'client';
  end if;
  if tg_op = 'INSERT' then
    perform private.record_activity(document.client_id, 'document-added', who, jsonb_build_object(
      'document_name', new.document_name, 'document_category', new.document_category));
  elsif tg_op = 'DELETE' then
    perform private.record_activity(document.client_id, 'document-removed', who,
      jsonb_build_object('document_name', old.document_name));
  else
    if new.document_name is distinct from old.document_name then
      perform private.record_activity(document.client_id, 'document-renamed', who, jsonb_build_object(
        'document_name', new.document_name, 'former_name', old.document_name));
    end if;
    if new.document_category is distinct from old.document_category then
      perform private.record_activity(document.client_id, 'document-recategorized', who,
        jsonb_build_object(
          'document_name', new.document_name, 'document_category', new.document_category));
    end if;
  end if;
  return null;
end;
$$;

create trigger client_documents_record_change after insert or update or delete on public.client_documents
  for each row execute function private.record_document_change();

-- What Auth does. A sign-in must never fail because it could not be written down, so these swallow
-- their own errors; the warning is in the database's log.
create function private.record_session() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.record_activity(new.user_id, 'signed-in', 'client');
  return null;
exception when others then
  raise warning 'activity of a sign-in: %', sqlerrm;
  return null;
end;
$$;

create trigger record_session after insert on auth.sessions
  for each row execute function private.record_session();

create function private.record_credentials_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if coalesce(old.encrypted_password, '') <> ''
    and new.encrypted_password is distinct from old.encrypted_password then
    perform private.record_activity(new.id, 'password-changed', 'client');
  end if;
  if new.email is distinct from old.email then
    perform private.record_activity(new.id, 'email-changed', 'client');
  end if;
  return null;
exception when others then
  raise warning 'activity of an account: %', sqlerrm;
  return null;
end;
$$;

create trigger record_credentials_change after update of encrypted_password, email on auth.users
  for each row execute function private.record_credentials_change();
