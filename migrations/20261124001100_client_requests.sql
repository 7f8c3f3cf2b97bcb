-- What our team asks of a client, one by one or from a template: a file or an answer, until a day. The client answers, our
-- team accepts it, sends it back with a reason, or withdraws the request.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- Written by functions alone, so that the mail, the activity and the reminder always go with it. Clients read their own
-- requests, without who of our team it was.
create table public.client_requests (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  -- Names what was asked at once; chosen by the sender, so that sending again is harmless.
  batch_id uuid not null,
  position bigint not null,
  -- The template that it came from; null for one that was written by hand.
  template text,
  title text not null,
  description text,
  wanted text not null,
  -- What a wanted file is.
  document_category text,
  due_on date not null,
  status text not null default 'open',
  answer text,
  document_id uuid,
  -- Why it was sent back.
  reason text,
  made_by uuid not null,
  settled_by uuid,
  -- Not now(): what was made in one transaction keeps its order.
  made_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  settled_at timestamptz,
  -- The day of the next reminder; null when nothing waits on the client.
  remind_on date,
  constraint client_requests_pkey primary key (id),
  constraint client_requests_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint client_requests_document_id_fkey foreign key (document_id)
    references public.client_documents (id) on delete set null,
  constraint client_requests_batch_key unique (client_id, batch_id, position),
  constraint client_requests_template_is_plain_text check (private.is_plain_text(template)),
  constraint client_requests_title_is_plain_text check (private.is_plain_text(title)),
  constraint client_requests_description_is_in_bounds check (private.is_paragraphs(description, 1000)),
  constraint client_requests_wanted_is_known check (wanted in ('file', 'answer')),
  constraint client_requests_document_category_is_known check (
    document_category in ('tax-return', 'bank-statement', 'profit-loss', 'balance-sheet', 'w2', 'w9',
      '1099', 'articles-of-incorporation', 'ein-letter', 'insurance-policy', 'lease-agreement',
      'payroll-report', 'other')),
  constraint client_requests_category_goes_with_a_file check (wanted = 'file' or document_category is null),
  constraint client_requests_status_is_known check (
    status in ('open', 'answered', 'returned', 'accepted', 'withdrawn')),
  constraint client_requests_answer_is_in_bounds check (private.is_paragraphs(answer, 4000)),
  constraint client_requests_reason_is_plain_text check (private.is_plain_text(reason)),
  constraint client_requests_returned_has_reason check ((status = 'returned') = (reason is not null)),
  constraint client_requests_answered_has_answer check (
    status <> 'answered' or answered_at is not null and (answer is not null or document_id is not null)),
  constraint client_requests_settled_has_time check (
    status not in ('returned', 'accepted', 'withdrawn') or settled_at is not null),
  constraint client_requests_only_what_waits_is_reminded check (
    remind_on is null or status in ('open', 'returned'))
);

create index client_requests_newest on public.client_requests (client_id, made_at desc, id desc);
create index client_requests_waiting on public.client_requests (client_id, due_on, id)
  where status in ('open', 'returned');
create index client_requests_of_a_document on public.client_requests (document_id);
create index client_requests_to_remind on public.client_requests (remind_on) where remind_on is not null;

alter table public.client_requests enable row level security;

revoke all on public.client_requests from public, anon, authenticated, service_role;
grant select (
    id, client_id, title, description, wanted, document_category, due_on, status, answer, document_id, reason,
    made_at, answered_at, settled_at)
  on public.client_requests to authenticated;
grant select on public.client_requests to service_role;

create policy "Clients read what they were asked for" on public.client_requests
  for select to authenticated using (client_id = (select auth.uid()));
create policy "A second step that was set up is taken first" on public.client_requests
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

comment on table public.client_requests is
  'What our team asks of a client, a file or an answer, with its answer; written by functions alone.';

-- Which client was sent a reminder on which day of the firm's: one a day at most.
create table private.reminded_days (
  client_id uuid not null,
  day date not null,
  constraint reminded_days_pkey primary key (client_id, day),
  constraint reminded_days_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade
);

alter table private.reminded_days enable row level security;
revoke all on private.reminded_days from public, anon, authenticated, service_role;
comment on table private.reminded_days is 'Days on which a client was sent a reminder.';

alter table private.settings
  drop constraint settings_name_is_known,
  add constraint settings_name_is_known check (name in ('contact_notify_address', 'time_zone')) not valid;

alter table public.activity
  drop constraint activity_kind_is_known,
  add constraint activity_kind_is_known check (kind in (
    'account-created', 'signed-in', 'password-changed', 'email-changed', 'two-step-added',
    'two-step-removed', 'profile-changed', 'onboarding-submitted', 'status-changed',
    'document-added', 'document-renamed', 'document-recategorized', 'document-removed',
    'document-accepted', 'document-returned',
    'request-made', 'request-answered', 'request-accepted', 'request-returned', 'request-withdrawn',
    'closure-requested', 'closure-withdrawn', 'closure-decided', 'data-exported',
    'ein-read', 'document-read')) not valid;

alter table public.email_outbox
  drop constraint email_outbox_template_is_known,
  add constraint email_outbox_template_is_known check (
    template in ('welcome', 'receipt', 'closure-requested', 'contact-request', 'document-returned',
      'requests-made', 'request-returned', 'requests-reminder')) not valid;

-- The day in the firm's time zone, which is New York's unless `settings` names another: clients' own are not known.
create function private.firm_time(at timestamptz) returns timestamp
language sql stable security definer set search_path = ''
as $$
  select at at time zone coalesce(
    (select value from private.settings where name = 'time_zone'), 'America/New_York')
$$;

-- The first day after `after` on which the client is reminded: three days before it is due, on the day, one and three days
-- after it, and every week from then on.
create function private.next_reminder(due_on date, after date) returns date
language sql immutable set search_path = ''
as $$
  select min(due_on + days) from unnest(array[
    -3, 0, 1, 3, 7 * greatest(1, floor((after - due_on) / 7.0)::integer + 1)]) as days
  where due_on + days > after
$$;

-- A request as its client sees it.
create function private.own_request(request public.client_requests) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'id', request.id,
    'title', request.title,
    'description', request.description,
    'wanted', request.wanted,
    'document_category', request.document_category,
    'due_on', request.due_on,
    'status', request.status,
    'answer', request.answer,
    'document', (
      select jsonb_build_object('id', document.id, 'document_name', document.document_name)
      from public.client_documents as document where document.id = request.document_id),
    'reason', request.reason,
    'made_at', request.made_at,
    'answered_at', request.answered_at)
$$;

-- A request as our team sees it, with the addresses of who made and who settled it.
create function private.filed_request(request public.client_requests) returns jsonb
language sql stable set search_path = ''
as $$
  select private.own_request(request) || jsonb_build_object(
    'settled_at', request.settled_at,
    'made_by', (select account.email from auth.users as account where account.id = request.made_by),
    'settled_by', (select account.email from auth.users as account where account.id = request.settled_by))
$$;

create function private.ask_client(client_id uuid, batch_id uuid, items jsonb, template text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  client public.clients;
  asked text[];
begin
  perform private.require_change_as_staff();
  -- One batch at a time, so that the same one sent twice at once is made once.
  select * into client from public.clients as found where found.id = ask_client.client_id for no key update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such client';
  end if;
  select array_agg(request.title order by request.position) into asked
  from public.client_requests as request
  where request.client_id = client.id and request.batch_id = ask_client.batch_id;
  if asked is null then
    if client.onboarding_status = 'archived' then
      raise sqlstate 'PT409' using message = 'the onboarding is closed', hint = 'archived';
    end if;
    if (select count(*) from public.client_requests as request
        where request.client_id = client.id and request.status in ('open', 'returned', 'answered'))
      + jsonb_array_length(ask_client.items) > 50
    then
      raise sqlstate 'PT409' using message = 'too many requests are open', hint = 'many';
    end if;
    -- The last one first, so that in lists, newest first, they stand as they were written.
    insert into public.client_requests (
      client_id, batch_id, position, template, title, description, wanted, document_category, due_on, made_by, remind_on)
    select client.id, ask_client.batch_id, item.position, ask_client.template, item.value ->> 'title',
      item.value ->> 'description', item.value ->> 'wanted', item.value ->> 'document_category',
      (item.value ->> 'due_on')::date, auth.uid(),
      private.next_reminder((item.value ->> 'due_on')::date, private.firm_time(now())::date)
    from jsonb_array_elements(ask_client.items) with ordinality as item (value, position)
    order by item.position desc;
    perform private.record_activity(
      client.id, 'request-made', 'staff',
      jsonb_build_object('request', item.value ->> 'title', 'by', auth.uid()))
    from jsonb_array_elements(ask_client.items) with ordinality as item (value, position)
    order by item.position desc;
    insert into public.email_outbox (client_id, template, recipient, context)
    select client.id, 'requests-made', client.email, jsonb_build_object(
      'full_name', client.full_name,
      'requests', (
        select jsonb_agg(jsonb_build_object('title', request.title, 'due_on', request.due_on) order by request.position)
        from public.client_requests as request
        where request.client_id = client.id and request.batch_id = ask_client.batch_id))
    where client.email is not null;
  elsif asked is distinct from (
    select array_agg(item.value ->> 'title' order by item.position)
    from jsonb_array_elements(ask_client.items) with ordinality as item (value, position))
  then
    raise sqlstate 'PT409' using message = 'the id is that of other requests', hint = 'taken';
  end if;
  return (
    select jsonb_build_object('requests', jsonb_agg(private.filed_request(request) order by request.position))
    from public.client_requests as request
    where request.client_id = client.id and request.batch_id = ask_client.batch_id);
end;
$$;
grant execute on function private.ask_client(uuid, uuid, jsonb, text) to authenticated;

-- Staff ask a client for what is in `items`, a list of {title, description, wanted, document_category, due_on}. The client is
-- told by one mail. The same batch again is the same as once. Answers with the requests.
create function public.make_requests(client_id uuid, batch_id uuid, items jsonb, template text default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.ask_client(client_id, batch_id, items, template) $$;
revoke execute on function public.make_requests(uuid, uuid, jsonb, text) from public, anon;
grant execute on function public.make_requests(uuid, uuid, jsonb, text) to authenticated;

create function private.take_answer(request_id uuid, answer text, document_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  request public.client_requests;
begin
  perform private.second_step_is_taken();
  -- The client first, as the reminders do it.
  perform from public.clients where id = auth.uid() for no key update;
  select * into request from public.client_requests as found
  where found.id = take_answer.request_id and found.client_id = auth.uid() for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such request', hint = 'request';
  end if;
  -- Sent again it is the same as once, whatever our team has said of it since.
  if request.status in ('answered', 'accepted')
    and (request.answer, request.document_id) is not distinct from (take_answer.answer, take_answer.document_id) then
    return private.own_request(request);
  end if;
  if request.status in ('accepted', 'withdrawn') then
    raise sqlstate 'PT409' using message = 'the request is settled', detail = request.status, hint = 'settled';
  end if;
  if request.wanted = 'answer' and take_answer.answer is null then
    raise sqlstate 'PT422' using message = 'this request wants an answer in words', hint = 'answer';
  end if;
  if take_answer.document_id is not null and not exists (
    select from public.client_documents as document
    where document.id = take_answer.document_id and document.client_id = request.client_id)
  then
    raise sqlstate 'PT404' using message = 'there is no such document', hint = 'document';
  end if;
  update public.client_requests as found set
    status = 'answered',
    answer = take_answer.answer,
    document_id = take_answer.document_id,
    answered_at = now(),
    reason = null,
    remind_on = null
  where found.id = request.id
  returning * into request;
  update public.clients set waiting_since = clock_timestamp()
  where id = request.client_id and onboarding_status <> 'in-review';
  perform private.record_activity(
    request.client_id, 'request-answered', 'client', jsonb_build_object('request', request.title));
  return private.own_request(request);
end;
$$;
grant execute on function private.take_answer(uuid, text, uuid) to authenticated;

-- The caller answers a request: in words, with a document of theirs, or both. Until our team has accepted it another answer
-- takes its place. Answers with the request.
create function public.answer_request(request_id uuid, answer text default null, document_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.take_answer(request_id, answer, document_id) $$;
revoke execute on function public.answer_request(uuid, text, uuid) from public, anon;
grant execute on function public.answer_request(uuid, text, uuid) to authenticated;

-- What was an answer is taken back with its document, as long as our team has not accepted it.
create function private.reopen_requests() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.client_requests as request set
    status = 'open',
    document_id = null,
    answered_at = null,
    remind_on = private.next_reminder(request.due_on, private.firm_time(now())::date)
  where request.document_id = old.id and request.status = 'answered';
  return old;
end;
$$;

create trigger client_documents_reopen_requests before delete on public.client_documents
  for each row execute function private.reopen_requests();

create function private.settle_request(request_id uuid, verdict text, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  request public.client_requests;
begin
  perform private.require_change_as_staff();
  select * into request from public.client_requests as found where found.id = settle_request.request_id for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such request';
  end if;
  -- Said again it is the same as once: the client gets no second mail.
  if (request.status, request.reason) is not distinct from (settle_request.verdict, settle_request.reason) then
    return private.filed_request(request);
  end if;
  -- The rows of RequestStatus::verdicts in crates/common/src/requests.rs; a test compares the two.
  if (request.status, settle_request.verdict) not in (
    ('open', 'withdrawn'),
    ('answered', 'accepted'), ('answered', 'returned'), ('answered', 'withdrawn'),
    ('returned', 'withdrawn'),
    ('accepted', 'returned'))
  then
    raise sqlstate 'PT409' using message = 'there is no such verdict', detail = request.status, hint = 'verdict';
  end if;
  if (settle_request.verdict = 'returned') <> (settle_request.reason is not null) then
    raise sqlstate 'PT422' using message = 'a reason goes with sending back', hint = 'reason';
  end if;
  update public.client_requests as found set
    status = settle_request.verdict,
    reason = settle_request.reason,
    settled_by = auth.uid(),
    settled_at = now(),
    remind_on = case settle_request.verdict
      when 'returned' then private.next_reminder(found.due_on, private.firm_time(now())::date) end
  where found.id = request.id
  returning * into request;
  perform private.record_activity(
    request.client_id, 'request-' || request.status, 'staff',
    jsonb_build_object('request', request.title, 'reason', request.reason, 'by', auth.uid()));
  if request.status = 'returned' then
    insert into public.email_outbox (client_id, template, recipient, context)
    select client.id, 'request-returned', client.email, jsonb_build_object(
      'full_name', client.full_name,
      'title', request.title,
      'reason', request.reason,
      'due_on', request.due_on)
    from public.clients as client
    where client.id = request.client_id and client.email is not null;
  end if;
  return private.filed_request(request);
end;
$$;
grant execute on function private.settle_request(uuid, text, text) to authenticated;

-- Staff accept an answer, send it back with a reason, which the client is told by mail, or withdraw the request. Answers with it.
create function public.settle_request(request_id uuid, verdict text, reason text default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.settle_request(request_id, verdict, reason) $$;
revoke execute on function public.settle_request(uuid, text, text) from public, anon;
grant execute on function public.settle_request(uuid, text, text) to authenticated;

create function private.owe_due_reminders(at timestamptz) returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  here timestamp := private.firm_time(owe_due_reminders.at);
  today date := here::date;
  client public.clients;
  owed bigint := 0;
begin
  if here::time < '09:00' or here::time >= '18:00' then
    return 0;
  end if;
  for client in
    select found.* from public.clients as found
    where found.onboarding_status <> 'archived' and found.email is not null
      and found.id in (
        select request.client_id from public.client_requests as request where request.remind_on <= today)
    order by found.id
    for no key update of found skip locked
  loop
    insert into private.reminded_days (client_id, day) values (client.id, today) on conflict do nothing;
    continue when not found;
    insert into public.email_outbox (client_id, template, recipient, context)
    select client.id, 'requests-reminder', client.email, jsonb_build_object(
      'full_name', client.full_name,
      'requests', jsonb_agg(
        jsonb_build_object('title', request.title, 'due_on', request.due_on, 'overdue', request.due_on < today)
        order by request.due_on, request.id))
    from public.client_requests as request
    where request.client_id = client.id and request.status in ('open', 'returned')
    having count(*) > 0;
    update public.client_requests as request
    set remind_on = private.next_reminder(request.due_on, today)
    where request.client_id = client.id and request.remind_on <= today;
    owed := owed + 1;
  end loop;
  return owed;
end;
$$;
grant execute on function private.owe_due_reminders(timestamptz) to service_role;

-- Owes the reminders that are due at a time: one mail a client and day, with all that waits on them, and none before nine in the
-- morning or from six in the evening on, in the firm's time zone. Each reminder is owed once, however often and by however many
-- this is called. Answers with how many clients it reminded.
create function public.owe_reminders(at timestamptz default now()) returns bigint
language sql volatile security invoker set search_path = ''
as $$ select private.owe_due_reminders(at) $$;
revoke execute on function public.owe_reminders(timestamptz) from public, anon, authenticated;
grant execute on function public.owe_reminders(timestamptz) to service_role;
