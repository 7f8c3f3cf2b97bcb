-- Reminders of due dates by mail: fourteen and three days before, each once, at most one mail a day for a client.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- What was told by mail. A due date is named as in deadline_records; the row keeps it from being told twice.
create table public.deadline_reminders (
  client_id uuid not null,
  rule text not null,
  period text not null,
  days_before bigint not null,
  reminded_on date not null,
  constraint deadline_reminders_pkey primary key (client_id, rule, period, days_before),
  constraint deadline_reminders_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint deadline_reminders_days_before_is_sensible check (days_before between 0 and 60)
);
comment on table public.deadline_reminders is 'Which due date a client was reminded of, and when';
create index deadline_reminders_day on public.deadline_reminders (client_id, reminded_on);

alter table public.deadline_reminders enable row level security;
revoke all on public.deadline_reminders from public, anon, authenticated, service_role;
grant select on public.deadline_reminders to authenticated, service_role;
create policy "Clients read what they were reminded of" on public.deadline_reminders
  for select to authenticated using (client_id = (select auth.uid()));
create policy "A second step that was set up is taken first" on public.deadline_reminders
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

alter table public.email_outbox
  drop constraint email_outbox_template_is_known,
  add constraint email_outbox_template_is_known check (
    template in ('welcome', 'receipt', 'closure-requested', 'contact-request', 'document-returned',
      'requests-made', 'request-returned', 'requests-reminder', 'status-changed', 'team-message',
      'deadline-reminder')) not valid;

create function private.owe_deadline_reminders(candidates jsonb, today date) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  mails integer;
begin
  -- Of two runs at once the second finds what the first has told.
  perform pg_advisory_xact_lock(hashtextextended('deadline_reminders', 0));
  with coming as (
    select matched.client_id, matched.rule, matched.period, matched.due,
      case when matched.due - owe_deadline_reminders.today <= 3 then 3 else 14 end as days_before
    from private.match_deadlines(owe_deadline_reminders.candidates) as matched
    where matched.due between owe_deadline_reminders.today and owe_deadline_reminders.today + 14
  ), told as (
    insert into public.deadline_reminders (client_id, rule, period, days_before, reminded_on)
    select coming.client_id, coming.rule, coming.period, coming.days_before, owe_deadline_reminders.today
    from coming
    join public.clients as client on client.id = coming.client_id
      and client.email is not null and client.onboarding_status <> 'archived'
    where not exists (
        select from public.deadline_records as record
        where record.client_id = coming.client_id and record.rule = coming.rule and record.period = coming.period
          and record.status <> 'open')
      and not exists (
        select from public.deadline_reminders as earlier
        where earlier.client_id = coming.client_id and earlier.reminded_on = owe_deadline_reminders.today)
      -- Nor on a day on which the client was reminded of something else: tomorrow is early enough.
      and not exists (
        select from private.reminded_days as reminded
        where reminded.client_id = coming.client_id and reminded.day = owe_deadline_reminders.today)
    on conflict on constraint deadline_reminders_pkey do nothing
    returning client_id, rule, period, days_before
  ), days as (
    insert into private.reminded_days (client_id, day)
    select distinct told.client_id, owe_deadline_reminders.today from told
    on conflict do nothing
  ), mail as (
    insert into public.email_outbox (client_id, template, recipient, context)
    select client.id, 'deadline-reminder', client.email, jsonb_build_object(
      'full_name', client.full_name,
      'deadlines', jsonb_agg(
        jsonb_build_object('title', words.title, 'period', words.label, 'due', coming.due)
        order by coming.due, words.title))
    from told
    join coming using (client_id, rule, period, days_before)
    join jsonb_to_recordset(owe_deadline_reminders.candidates) as words (
      rule text, period text, due date, title text, label text)
      on words.rule = coming.rule and words.period = coming.period and words.due = coming.due
    join public.clients as client on client.id = told.client_id
    group by client.id
    returning 1
  )
  select count(*) into mails from mail;
  return mails;
end;
$$;
grant execute on function private.owe_deadline_reminders(jsonb, date) to service_role;

-- Owes each client one mail at most about those of the candidates that are open, due within fourteen days and not told of yet
-- at that distance. `now` decides which day it is, that of New York. Run again it does nothing twice. Answers with the number of mails.
create function public.remind_of_deadlines(candidates jsonb, now timestamptz) returns integer
language sql volatile security invoker set search_path = ''
as $$ select private.owe_deadline_reminders(candidates, (now at time zone 'America/New_York')::date) $$;
revoke execute on function public.remind_of_deadlines(jsonb, timestamptz) from public, anon, authenticated;
grant execute on function public.remind_of_deadlines(jsonb, timestamptz) to service_role;
