-- Mail that is owed. A row is written in the transaction of what it tells of; the deliver Worker
-- claims due rows, sends them with the row's id as Idempotency-Key and settles them. A mail that
-- failed its last try is parked, where staff see it.
create table public.email_outbox (
  id uuid not null default gen_random_uuid(),
  client_id uuid,
  template text not null,
  recipient text not null,
  context jsonb not null default '{}',
  status text not null default 'queued',
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  provider_message_id text,
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint email_outbox_pkey primary key (id),
  constraint email_outbox_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint email_outbox_template_is_known check (template in ('welcome')),
  constraint email_outbox_context_is_object check (jsonb_typeof(context) = 'object'),
  constraint email_outbox_status_is_known check (status in ('queued', 'sending', 'sent', 'parked')),
  constraint email_outbox_sent_has_time check ((status = 'sent') = (sent_at is not null))
);

create index email_outbox_due on public.email_outbox (next_attempt_at)
  where status in ('queued', 'sending');
create index email_outbox_client on public.email_outbox (client_id);

alter table public.email_outbox enable row level security;

revoke all on public.email_outbox from public, anon, authenticated;
grant select on public.email_outbox to authenticated;
grant select, insert, update, delete on public.email_outbox to service_role;

create policy "Staff read the outbox" on public.email_outbox
  for select to authenticated using ((select private.is_staff()));

create trigger email_outbox_touch_updated_at before update on public.email_outbox
  for each row execute function private.touch_updated_at();

-- Claims due mail for two minutes: a sender that dies leaves its rows to the next one after that.
create function public.claim_emails(batch_size integer default 20) returns setof public.email_outbox
language sql volatile security invoker set search_path = ''
as $$
  update public.email_outbox as mail
  set status = 'sending', attempts = mail.attempts + 1, next_attempt_at = now() + interval '2 minutes'
  from (
    select id from public.email_outbox
    where status in ('queued', 'sending') and next_attempt_at <= now()
    order by next_attempt_at
    limit least(greatest(batch_size, 1), 100)
    for update skip locked
  ) as due
  where mail.id = due.id
  returning mail.*
$$;

create function public.settle_sent_email(email_id uuid, message_id text) returns void
language sql volatile security invoker set search_path = ''
as $$
  update public.email_outbox
  set status = 'sent', sent_at = now(), provider_message_id = message_id, last_error = null
  where id = email_id and status = 'sending'
$$;

-- Retries after 1, 4, 16, 64 and 256 minutes; parks after the sixth try or a failure no retry mends.
create function public.settle_failed_email(email_id uuid, reason text, permanent boolean) returns void
language sql volatile security invoker set search_path = ''
as $$
  update public.email_outbox
  set status = case when permanent or attempts >= 6 then 'parked' else 'queued' end,
      next_attempt_at = now() + interval '1 minute' * power(4, least(attempts, 6) - 1),
      last_error = left(reason, 500)
  where id = email_id and status = 'sending'
$$;

revoke execute on function public.claim_emails(integer) from public, anon, authenticated;
revoke execute on function public.settle_sent_email(uuid, text) from public, anon, authenticated;
revoke execute on function public.settle_failed_email(uuid, text, boolean) from public, anon, authenticated;
grant execute on function public.claim_emails(integer) to service_role;
grant execute on function public.settle_sent_email(uuid, text) to service_role;
grant execute on function public.settle_failed_email(uuid, text, boolean) to service_role;
