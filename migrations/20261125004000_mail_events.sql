-- What became of a mail after Resend took it, as its webhooks tell, and the addresses to which no mail goes any more.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- What can become of a mail. Webhooks come in any order: a mail's outcome is the highest of what was told of it. What `stops` tells
-- that no mail should go to the address again. The same stands in crates/common/src/mail.rs; a test compares the two.
create table private.mail_outcomes (
  position bigint not null,
  name text not null,
  stops boolean not null,
  constraint mail_outcomes_pkey primary key (name),
  constraint mail_outcomes_position_key unique (position)
);
comment on table private.mail_outcomes is 'What can become of a mail, from what another webhook may overrule to what is final.';
alter table private.mail_outcomes enable row level security;
revoke all on private.mail_outcomes from public, anon, authenticated, service_role;
insert into private.mail_outcomes (position, name, stops) values
  (1, 'delayed', false),
  (2, 'failed', false),
  (3, 'soft-bounced', false),
  (4, 'delivered', false),
  (5, 'withheld', true),
  (6, 'bounced', true),
  (7, 'complained', true);

-- One row a webhook, by the id that it keeps however often it is sent. A row is written in the transaction of its effect.
create table private.mail_events (
  id text not null,
  message_id text not null,
  outcome text not null,
  -- What the other side said, in its words.
  detail text,
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  constraint mail_events_pkey primary key (id),
  constraint mail_events_outcome_fkey foreign key (outcome) references private.mail_outcomes (name),
  constraint mail_events_id_is_plain_text check (private.is_plain_text(id)),
  constraint mail_events_message_id_is_plain_text check (private.is_plain_text(message_id)),
  constraint mail_events_detail_is_plain_text check (private.is_plain_text(detail))
);
comment on table private.mail_events is 'What Resend told of a mail, by the id of the webhook.';
create index mail_events_of_a_mail on private.mail_events (message_id);
create index mail_events_received on private.mail_events (received_at);
alter table private.mail_events enable row level security;
revoke all on private.mail_events from public, anon, authenticated, service_role;

-- Addresses to which no mail goes, from a bounce or a complaint until staff resume it. A row that was lifted stays, as the record
-- of who did so.
create table private.mail_stops (
  id uuid not null default gen_random_uuid(),
  address text not null,
  outcome text not null,
  detail text,
  since timestamptz not null,
  lifted_at timestamptz,
  lifted_by uuid,
  constraint mail_stops_pkey primary key (id),
  constraint mail_stops_outcome_fkey foreign key (outcome) references private.mail_outcomes (name),
  constraint mail_stops_address_is_an_address check (
    address ~ '^[^@[:space:][:cntrl:]]{1,64}@[^@[:space:][:cntrl:]]+$' and address = lower(address) and char_length(address) <= 254),
  constraint mail_stops_detail_is_plain_text check (private.is_plain_text(detail)),
  constraint mail_stops_lifted_by_somebody check ((lifted_at is null) = (lifted_by is null))
);
comment on table private.mail_stops is 'Addresses to which no mail goes any more, and who had it go there again.';
create unique index mail_stops_one_at_a_time on private.mail_stops (address) where lifted_at is null;
create index mail_stops_lifted on private.mail_stops (address, lifted_at) where lifted_at is not null;
alter table private.mail_stops enable row level security;
revoke all on private.mail_stops from public, anon, authenticated, service_role;

-- Null until something is told of the mail.
alter table public.email_outbox
  add column outcome text,
  add constraint email_outbox_outcome_fkey foreign key (outcome) references private.mail_outcomes (name) not valid,
  drop constraint email_outbox_status_is_known,
  add constraint email_outbox_status_is_known check (status in ('queued', 'sending', 'sent', 'parked', 'suppressed')) not valid;
create index email_outbox_message on public.email_outbox (provider_message_id) where provider_message_id is not null;
create index email_outbox_outcome on public.email_outbox (outcome) where outcome is not null;

alter table public.activity
  drop constraint activity_kind_is_known,
  add constraint activity_kind_is_known check (kind in (
    'account-created', 'signed-in', 'password-changed', 'email-changed', 'two-step-added',
    'two-step-removed', 'profile-changed', 'onboarding-submitted', 'status-changed',
    'document-added', 'document-renamed', 'document-recategorized', 'document-removed',
    'document-accepted', 'document-returned',
    'request-made', 'request-answered', 'request-accepted', 'request-returned', 'request-withdrawn',
    'message-written', 'mail-stopped', 'mail-resumed',
    'facts-changed', 'deadline-changed', 'calendar-address-made', 'calendar-address-removed',
    'form-signed',
    'closure-requested', 'closure-withdrawn', 'closure-decided', 'data-exported',
    'ein-read', 'document-read')) not valid;

-- Clients are found by their address when a mail to it comes back.
create index clients_email on public.clients (lower(email));

-- Of a mail and of what is told of it either may come first, or both at once. Whoever holds this sees what the other has done.
create function private.hold_message(message text) returns void
language sql volatile set search_path = ''
as $$ select pg_advisory_xact_lock(hashtextextended('mail ' || hold_message.message, 0)) $$;
grant execute on function private.hold_message(text) to service_role;

-- The same for what is told of an address and for staff who have mail go there again.
create function private.hold_address(address text) returns void
language sql volatile set search_path = ''
as $$ select pg_advisory_xact_lock(hashtextextended('address ' || hold_address.address, 0)) $$;

-- What was told of a message becomes the outcome of its mail; of several things the worst.
create function private.note_mail_outcome(message text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.email_outbox as mail set outcome = worst.name
  from (
    select known.name from private.mail_events as event
    join private.mail_outcomes as known on known.name = event.outcome
    where event.message_id = note_mail_outcome.message
    order by known.position desc limit 1) as worst
  where mail.provider_message_id = note_mail_outcome.message and mail.outcome is distinct from worst.name;
end;
$$;
grant execute on function private.note_mail_outcome(text) to service_role;

create or replace function public.settle_sent_email(email_id uuid, message_id text) returns void
language sql volatile security invoker set search_path = ''
as $$
  select private.hold_message(message_id);
  update public.email_outbox
  set status = 'sent', sent_at = now(), provider_message_id = message_id, last_error = null
  where id = email_id and status = 'sending';
  select private.note_mail_outcome(message_id);
$$;

create function private.mail_is_stopped(recipient text) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (
    select from private.mail_stops as stop
    where stop.address = lower(mail_is_stopped.recipient) and stop.lifted_at is null)
$$;
grant execute on function private.mail_is_stopped(text) to service_role;

-- As before, and what is due to an address to which no mail goes any more is set aside, every template alike: the mails that let
-- somebody into their account are Auth's and do not pass through here.
create or replace function public.claim_emails(batch_size integer default 20) returns setof public.email_outbox
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  wanted integer := least(greatest(batch_size, 1), 100);
  set_aside integer;
  looked_at integer;
  claimed public.email_outbox;
begin
  loop
    looked_at := 0;
    set_aside := 0;
    for claimed in
      update public.email_outbox as mail
      set status = case when due.stopped then 'suppressed' else 'sending' end,
          attempts = mail.attempts + case when due.stopped then 0 else 1 end,
          next_attempt_at = case when due.stopped then mail.next_attempt_at else now() + interval '2 minutes' end
      from (
        select open.id, private.mail_is_stopped(open.recipient) as stopped
        from public.email_outbox as open
        where open.status in ('queued', 'sending') and open.next_attempt_at <= now()
        order by open.next_attempt_at
        limit wanted
        for update skip locked
      ) as due
      where mail.id = due.id
      returning mail.*
    loop
      looked_at := looked_at + 1;
      if claimed.status = 'sending' then
        return next claimed;
      else
        set_aside := set_aside + 1;
      end if;
    end loop;
    -- In place of those that were set aside others may be due.
    exit when looked_at < wanted or set_aside = 0;
    wanted := set_aside;
  end loop;
end;
$$;

create function private.keep_mail_event(
  event_id text, outcome text, message_id text, recipient text, occurred_at timestamptz, detail text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  reached text;
  worse private.mail_outcomes;
begin
  perform private.hold_message(keep_mail_event.message_id);
  insert into private.mail_events (id, message_id, outcome, detail, occurred_at)
  values (
    keep_mail_event.event_id, keep_mail_event.message_id, keep_mail_event.outcome, keep_mail_event.detail,
    keep_mail_event.occurred_at)
  on conflict on constraint mail_events_pkey do nothing;
  if not found then
    return false;
  end if;
  perform private.note_mail_outcome(keep_mail_event.message_id);
  select * into worse from private.mail_outcomes as known where known.name = keep_mail_event.outcome;
  -- Auth sends mails by the same account of Resend, which are no rows of ours.
  reached := lower(coalesce(
    (select mail.recipient from public.email_outbox as mail where mail.provider_message_id = keep_mail_event.message_id limit 1),
    keep_mail_event.recipient));
  if not worse.stops or reached is null then
    return true;
  end if;
  perform private.hold_address(reached);
  -- What happened before staff resumed the mail is what they resumed it after.
  if exists (
    select from private.mail_stops as earlier
    where earlier.address = reached and earlier.lifted_at >= keep_mail_event.occurred_at)
  then
    return true;
  end if;
  update private.mail_stops as stop set outcome = worse.name, detail = keep_mail_event.detail
  from private.mail_outcomes as known
  where stop.address = reached and stop.lifted_at is null and known.name = stop.outcome and known.position < worse.position;
  if not exists (select from private.mail_stops as stop where stop.address = reached and stop.lifted_at is null) then
    insert into private.mail_stops (address, outcome, detail, since)
    values (reached, worse.name, keep_mail_event.detail, keep_mail_event.occurred_at);
    perform private.record_activity(client.id, 'mail-stopped', 'system', jsonb_build_object('mail_outcome', worse.name))
    from public.clients as client where lower(client.email) = reached;
  end if;
  return true;
end;
$$;
grant execute on function private.keep_mail_event(text, text, text, text, timestamptz, text) to service_role;

-- Keeps what a webhook told of a mail, once: false where it was told before. After a hard bounce or a complaint no mail goes to the
-- address: that of the mail, or `recipient` where the mail is none of the outbox.
create function public.record_mail_event(
  event_id text, outcome text, message_id text, recipient text, occurred_at timestamptz, detail text) returns boolean
language sql volatile security invoker set search_path = ''
as $$ select private.keep_mail_event(event_id, outcome, message_id, recipient, occurred_at, detail) $$;
revoke execute on function public.record_mail_event(text, text, text, text, timestamptz, text) from public, anon, authenticated;
grant execute on function public.record_mail_event(text, text, text, text, timestamptz, text) to service_role;

-- A stop as staff see it.
create function private.filed_mail_stop(stop private.mail_stops) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(stop) || jsonb_build_object(
    'lifted_by', (select account.email from auth.users as account where account.id = stop.lifted_by))
$$;

create function private.lift_mail_stop(stop_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stop private.mail_stops;
begin
  perform private.require_change_as_staff();
  perform private.hold_address(found.address) from private.mail_stops as found where found.id = lift_mail_stop.stop_id;
  select * into stop from private.mail_stops as found where found.id = lift_mail_stop.stop_id for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such stop', hint = 'stop';
  end if;
  -- Lifted again it stays whoever's it was.
  if stop.lifted_at is null then
    update private.mail_stops as found set lifted_at = clock_timestamp(), lifted_by = auth.uid()
    where found.id = stop.id returning * into stop;
    perform private.record_activity(client.id, 'mail-resumed', 'staff', jsonb_build_object('by', auth.uid()))
    from public.clients as client where lower(client.email) = stop.address;
  end if;
  return private.filed_mail_stop(stop);
end;
$$;
grant execute on function private.lift_mail_stop(uuid) to authenticated;

-- Staff have mail go to an address again, on record. Answers with the stop that was lifted.
create function public.resume_mail(stop_id uuid) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.lift_mail_stop(stop_id) $$;
revoke execute on function public.resume_mail(uuid) from public, anon;
grant execute on function public.resume_mail(uuid) to authenticated;

create function private.give_mail_stop(client_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select private.filed_mail_stop(stop)
  from public.clients as client
  join private.mail_stops as stop on stop.address = lower(client.email) and stop.lifted_at is null
  where client.id = give_mail_stop.client_id
    and (private.is_staff() or client.id = auth.uid() and private.second_step_is_taken())
$$;
grant execute on function private.give_mail_stop(uuid) to authenticated;

-- Why no mail goes to a client, for them and for staff; null while it does. A column of `clients` for PostgREST.
create function public.mail_stop(client public.clients) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.give_mail_stop(client.id) $$;
revoke execute on function public.mail_stop(public.clients) from public, anon;
grant execute on function public.mail_stop(public.clients) to authenticated;

-- As before, and with why no mail goes to the client.
create or replace function public.client_file(client_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select private.give_client_file(client_id) || jsonb_build_object('mail_stop', private.give_mail_stop(client_id))
$$;

create function private.sweep_mail_events() returns void
language sql volatile security definer set search_path = ''
as $$ delete from private.mail_events where received_at < now() - interval '90 days' $$;
grant execute on function private.sweep_mail_events() to service_role;

-- As before; what was told of a mail goes with it, and a mail that was set aside stays as long as one that was sent.
create or replace function public.sweep_rows() returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select private.sweep_mail_events();
  with mails as (
    delete from public.email_outbox
    where status = 'sent' and sent_at < now() - interval '90 days'
      or status = 'suppressed' and updated_at < now() - interval '90 days'
    returning 1
  )
  select jsonb_build_object('mails', (select count(*) from mails))
$$;
