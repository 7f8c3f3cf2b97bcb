-- Which way an onboarding may go, and who moves it.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- From which status to which, by whom, and whether it needs a reason, which the client is told. The rows are those of
-- crates/common/src/moves.rs; a test compares the two.
create table private.onboarding_moves (
  position bigint not null,
  from_status text not null,
  to_status text not null,
  actor text not null,
  needs_reason boolean not null,
  constraint onboarding_moves_pkey primary key (from_status, to_status, actor)
);

alter table private.onboarding_moves enable row level security;
revoke all on private.onboarding_moves from public, anon, authenticated, service_role;

insert into private.onboarding_moves (position, from_status, to_status, actor, needs_reason)
values
  (1, 'pending', 'in_progress', 'client', false),
  (2, 'pending', 'in-review', 'client', false),
  (3, 'pending', 'archived', 'staff', true),
  (4, 'in_progress', 'in-review', 'client', false),
  (5, 'in_progress', 'archived', 'staff', true),
  (6, 'in-review', 'active', 'staff', false),
  (7, 'in-review', 'in_progress', 'staff', true),
  (8, 'in-review', 'archived', 'staff', true),
  (9, 'active', 'in-review', 'staff', true),
  (10, 'active', 'in_progress', 'staff', true),
  (11, 'active', 'archived', 'staff', true),
  (12, 'archived', 'in_progress', 'staff', true),
  (13, 'archived', 'active', 'staff', true);

-- Why our team moved it to where it is now, for the client to read; null where nothing was said.
alter table public.clients
  add column status_reason text,
  add constraint clients_status_reason_is_plain_text check (private.is_plain_text(status_reason)) not valid;

-- As before, and by the table of moves.
create or replace function private.submit_onboarding() returns void
language plpgsql security definer set search_path = ''
as $$
declare
  client public.clients;
  missing text[];
begin
  select * into client from public.clients where id = auth.uid() for update;
  if not exists (
    select from private.onboarding_moves as move
    where move.from_status = client.onboarding_status
      and move.to_status = 'in-review' and move.actor = 'client')
  then
    return;
  end if;
  missing := private.missing_requirements(client);
  if missing <> '{}' then
    raise sqlstate 'PT409' using
      message = 'the onboarding is not complete',
      detail = array_to_json(missing)::text,
      hint = 'incomplete';
  end if;
  update public.clients set
    onboarding_status = 'in-review',
    status_reason = null,
    submitted_at = now(),
    receipt_number = coalesce(receipt_number, private.new_receipt_number())
  where id = client.id
  returning * into client;
  if client.email is not null then
    insert into public.email_outbox (client_id, template, recipient, context)
    values (client.id, 'receipt', client.email, private.receipt_context(client));
  end if;
end;
$$;

-- As before, and a status that changed tells from where, why and, for our team, by whom.
create or replace function private.record_client_change() returns trigger
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
      perform private.record_activity(new.id, 'status-changed', who, jsonb_build_object(
        'from', old.onboarding_status,
        'status', new.onboarding_status,
        'reason', new.status_reason,
        'by', case who when 'staff' then auth.uid() end));
    end if;
  end if;
  return null;
end;
$$;

create function private.move_onboarding(client_id uuid, status text, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  client public.clients;
  allowed private.onboarding_moves;
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  select * into client from public.clients as found
  where found.id = move_onboarding.client_id for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such client';
  end if;
  if client.onboarding_status is distinct from move_onboarding.status then
    select * into allowed from private.onboarding_moves as move
    where move.from_status = client.onboarding_status
      and move.to_status = move_onboarding.status and move.actor = 'staff';
    if not found then
      raise sqlstate 'PT409' using
        message = 'there is no such move',
        detail = client.onboarding_status,
        hint = 'move';
    end if;
    if allowed.needs_reason and move_onboarding.reason is null then
      raise sqlstate 'PT422' using message = 'this move needs a reason', hint = 'reason';
    end if;
    update public.clients as found
    set onboarding_status = move_onboarding.status, status_reason = move_onboarding.reason
    where found.id = client.id
    returning * into client;
  end if;
  return jsonb_build_object(
    'id', client.id,
    'onboarding_status', client.onboarding_status,
    'status_reason', client.status_reason,
    'status_changed_at', client.status_changed_at);
end;
$$;
grant execute on function private.move_onboarding(uuid, text, text) to authenticated;

-- Staff move a client to another status, where the table of moves has that move. A client who is there already stays
-- as they are. Answers with where the client is.
create function public.move_client(client_id uuid, status text, reason text default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.move_onboarding(client_id, status, reason) $$;
revoke execute on function public.move_client(uuid, text, text) from public, anon;
grant execute on function public.move_client(uuid, text, text) to authenticated;
