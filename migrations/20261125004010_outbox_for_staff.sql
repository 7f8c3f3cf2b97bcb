-- What our team sees of the outbox, and can do with a mail that was not sent: have it sent, or not.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- Which way a mail may go, by whom: `Move` in crates/common/src/mail.rs, with which a test compares it.
create table private.email_moves (
  position bigint not null,
  from_status text not null,
  to_status text not null,
  actor text not null,
  constraint email_moves_pkey primary key (from_status, to_status, actor)
);
comment on table private.email_moves is 'Which way a mail of the outbox may go: from which status to which, and by whom.';
alter table private.email_moves enable row level security;
revoke all on private.email_moves from public, anon, authenticated, service_role;

insert into private.email_moves (position, from_status, to_status, actor) values
  (1, 'queued', 'sending', 'delivery'),
  (2, 'queued', 'suppressed', 'delivery'),
  (3, 'sending', 'sent', 'delivery'),
  (4, 'sending', 'queued', 'delivery'),
  (5, 'sending', 'parked', 'delivery'),
  (6, 'sending', 'suppressed', 'delivery'),
  (7, 'queued', 'queued', 'staff'),
  (8, 'queued', 'cancelled', 'staff'),
  (9, 'parked', 'queued', 'staff'),
  (10, 'parked', 'cancelled', 'staff'),
  (11, 'suppressed', 'queued', 'staff'),
  (12, 'suppressed', 'cancelled', 'staff');

alter table public.email_outbox
  drop constraint email_outbox_status_is_known,
  add constraint email_outbox_status_is_known check (
    status in ('queued', 'sending', 'sent', 'parked', 'suppressed', 'cancelled')) not valid;

create function private.keep_to_email_moves() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if not exists (
    select from private.email_moves as move where move.from_status = old.status and move.to_status = new.status)
  then
    raise sqlstate 'PT409' using message = 'a mail does not go from ' || old.status || ' to ' || new.status, hint = new.status;
  end if;
  return new;
end;
$$;
create trigger email_outbox_keep_to_moves before update of status on public.email_outbox
  for each row when (old.status <> new.status) execute function private.keep_to_email_moves();

-- Who of our team had a mail sent or cancelled. It is added to, never changed, and goes with the mail.
create table private.email_changes (
  id uuid not null default gen_random_uuid(),
  email_id uuid not null,
  action text not null,
  actor_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  constraint email_changes_pkey primary key (id),
  constraint email_changes_email_id_fkey foreign key (email_id) references public.email_outbox (id) on delete cascade,
  constraint email_changes_action_is_known check (action in ('retry', 'cancel'))
);
comment on table private.email_changes is 'Who of our team had a mail of the outbox sent again or cancelled.';
create index email_changes_of_a_mail on private.email_changes (email_id, at desc);
alter table private.email_changes enable row level security;
revoke all on private.email_changes from public, anon, authenticated, service_role;

create index email_outbox_newest_by_status on public.email_outbox (status, created_at desc, id desc);
create index email_outbox_recipient on public.email_outbox using gin (lower(recipient) extensions.gin_trgm_ops);

-- A mail as staff see it: to whom, which one and how it went, not what it says.
create function private.listed_email(mail public.email_outbox) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'id', mail.id, 'template', mail.template, 'recipient', mail.recipient, 'status', mail.status, 'outcome', mail.outcome,
    'attempts', mail.attempts, 'last_error', mail.last_error, 'created_at', mail.created_at, 'sent_at', mail.sent_at,
    'next_attempt_at', case when mail.status in ('queued', 'sending') then mail.next_attempt_at end,
    'client', (
      select jsonb_build_object('id', client.id, 'name', coalesce(client.business_name, client.full_name, client.email))
      from public.clients as client where client.id = mail.client_id),
    'stop', (
      select private.filed_mail_stop(stop) from private.mail_stops as stop
      where stop.address = lower(mail.recipient) and stop.lifted_at is null),
    'last_change', (
      select jsonb_build_object('action', change.action, 'at', change.at, 'by', (
        select account.email from auth.users as account where account.id = change.actor_id))
      from private.email_changes as change where change.email_id = mail.id order by change.at desc, change.id desc limit 1))
$$;

-- The statement is put together of fixed parts, so that each kind of question gets a plan of its own.
create function private.find_emails(
  search text, status text, outcome text, template text, client_id uuid, older_than timestamptz, older_than_id uuid, page_size integer)
returns setof jsonb
language plpgsql stable security definer set search_path = '' rows 20
as $$
declare
  patterns text[];
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  -- The longest word is looked up, the others only narrow it down.
  select array_agg(
      '%' || replace(replace(replace(word, '\', '\\'), '%', '\%'), '_', '\_') || '%'
      order by char_length(word) desc, word)
    into patterns
  from regexp_split_to_table(lower(find_emails.search), '\s+') as word
  where word <> '';
  return query execute
    'select private.listed_email(page) from (
       select mail.* from public.email_outbox as mail where true'
    || case when find_emails.status is null then '' else ' and mail.status = $1' end
    || case when find_emails.outcome is null then '' else ' and mail.outcome = $2' end
    || case when find_emails.template is null then '' else ' and mail.template = $3' end
    || case when find_emails.client_id is null then '' else ' and mail.client_id = $4' end
    || case when find_emails.older_than is null then '' else ' and (mail.created_at, mail.id) < ($5, $6)' end
    || case when patterns is null then ''
         else ' and mail.id in (
           select found.id from public.email_outbox as found
           where lower(found.recipient) like $7[1] and lower(found.recipient) like all ($7)
           union
           select found.id from public.clients as client join public.email_outbox as found on found.client_id = client.id
           where private.search_text(client.full_name, client.business_name, client.email, client.ein) like $7[1]
             and private.search_text(client.full_name, client.business_name, client.email, client.ein) like all ($7))' end
    || ' order by mail.created_at desc, mail.id desc limit $8
     ) as page order by page.created_at desc, page.id desc'
  using find_emails.status, find_emails.outcome, find_emails.template, find_emails.client_id, find_emails.older_than,
    find_emails.older_than_id, patterns, least(greatest(find_emails.page_size, 1), 101);
end;
$$;
grant execute on function private.find_emails(text, text, text, text, uuid, timestamptz, uuid, integer) to authenticated;

-- The mails of the outbox for staff, newest first: those in whose recipient every word of `search` is, or whose client is found
-- by it; in a status, with an outcome, of a template, to a client, after a row of the page before.
create function public.list_emails(
  search text default null, status text default null, outcome text default null, template text default null,
  client_id uuid default null, older_than timestamptz default null, older_than_id uuid default null, page_size integer default 20)
returns setof jsonb
language sql stable security invoker set search_path = '' rows 20
as $$ select private.find_emails(search, status, outcome, template, client_id, older_than, older_than_id, page_size) $$;
revoke execute on function public.list_emails(text, text, text, text, uuid, timestamptz, uuid, integer) from public, anon;
grant execute on function public.list_emails(text, text, text, text, uuid, timestamptz, uuid, integer) to authenticated;

create function private.change_email(email_id uuid, action text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  mail public.email_outbox;
  wanted text := case change_email.action when 'retry' then 'queued' when 'cancel' then 'cancelled' end;
begin
  perform private.require_change_as_staff();
  select * into mail from public.email_outbox as found where found.id = change_email.email_id for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such mail', hint = 'mail';
  end if;
  -- Done again it is the same as once, also when it was sent meanwhile.
  if mail.status = wanted and (wanted = 'cancelled' or mail.attempts = 0 and mail.next_attempt_at <= now()) then
    return private.listed_email(mail);
  end if;
  if wanted = 'queued' and mail.status in ('sending', 'sent') and exists (
    select from private.email_changes as change where change.email_id = mail.id and change.action = 'retry')
  then
    return private.listed_email(mail);
  end if;
  if not exists (
    select from private.email_moves as move
    where move.from_status = mail.status and move.to_status = wanted and move.actor = 'staff')
  then
    raise sqlstate 'PT409' using message = 'there is no such move', detail = mail.status, hint = 'move';
  end if;
  if wanted = 'queued' and private.mail_is_stopped(mail.recipient) then
    raise sqlstate 'PT409' using message = 'no mail goes to this address', hint = 'stopped';
  end if;
  update public.email_outbox as kept set
    status = wanted,
    attempts = case when wanted = 'queued' then 0 else kept.attempts end,
    next_attempt_at = case when wanted = 'queued' then now() else kept.next_attempt_at end
  where kept.id = mail.id returning * into mail;
  insert into private.email_changes (email_id, action, actor_id) values (mail.id, change_email.action, auth.uid());
  return private.listed_email(mail);
end;
$$;
grant execute on function private.change_email(uuid, text) to authenticated;

-- Staff have a mail that was not sent sent now (`retry`) or never (`cancel`), on record. Answers with the mail.
create function public.change_email(email_id uuid, action text) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.change_email(email_id, action) $$;
revoke execute on function public.change_email(uuid, text) from public, anon;
grant execute on function public.change_email(uuid, text) to authenticated;

-- As before, and a mail that was cancelled stays as long as one that was sent.
create or replace function public.sweep_rows() returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select private.sweep_mail_events();
  with mails as (
    delete from public.email_outbox
    where status = 'sent' and sent_at < now() - interval '90 days'
      or status in ('suppressed', 'cancelled') and updated_at < now() - interval '90 days'
    returning 1
  )
  select jsonb_build_object('mails', (select count(*) from mails))
$$;
