-- What the rules of due dates need to know of a business, and what became of each due date. The dates themselves are computed by
-- crates/deadlines and stored nowhere: a row here names a due date by rule and period, and a corrected rule changes what is
-- still to come.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- What a client told of the business beyond the onboarding: one row a client, written by save_compliance_facts alone.
create table public.compliance_facts (
  client_id uuid not null,
  llc_taxed_as text,
  fiscal_year_end bigint not null,
  payroll text not null,
  deposit_schedule text,
  pays_contractors boolean not null,
  states text[] not null,
  formed_in text,
  formed_on date,
  updated_at timestamptz not null default now(),
  constraint compliance_facts_pkey primary key (client_id),
  constraint compliance_facts_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint compliance_facts_llc_taxed_as_is_known check (
    llc_taxed_as in ('sole-proprietor', 'partnership', 's-corp', 'c-corp', 'exempt')),
  constraint compliance_facts_fiscal_year_end_is_month check (fiscal_year_end between 1 and 12),
  constraint compliance_facts_payroll_is_known check (payroll in ('none', 'quarterly', 'annual')),
  constraint compliance_facts_deposit_schedule_is_known check (deposit_schedule in ('monthly', 'semiweekly')),
  constraint compliance_facts_states_are_known check (states <@ array[
    'AL', 'AK', 'AZ', 'AR', 'CA', 'CO', 'CT', 'DE', 'DC', 'FL', 'GA', 'HI', 'ID', 'IL', 'IN', 'IA',
    'KS', 'KY', 'LA', 'ME', 'MD', 'MA', 'MI', 'MN', 'MS', 'MO', 'MT', 'NE', 'NV', 'NH', 'NJ', 'NM',
    'NY', 'NC', 'ND', 'OH', 'OK', 'OR', 'PA', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VT', 'VA', 'WA',
    'WV', 'WI', 'WY']),
  constraint compliance_facts_formed_in_is_known check (formed_in in (
    'AL', 'AK', 'AZ', 'AR', 'CA', 'CO', 'CT', 'DE', 'DC', 'FL', 'GA', 'HI', 'ID', 'IL', 'IN', 'IA',
    'KS', 'KY', 'LA', 'ME', 'MD', 'MA', 'MI', 'MN', 'MS', 'MO', 'MT', 'NE', 'NV', 'NH', 'NJ', 'NM',
    'NY', 'NC', 'ND', 'OH', 'OK', 'OR', 'PA', 'RI', 'SC', 'SD', 'TN', 'TX', 'UT', 'VT', 'VA', 'WA',
    'WV', 'WI', 'WY', 'abroad')),
  constraint compliance_facts_formed_on_is_sensible check (formed_on between '1800-01-01' and '2199-12-31')
);
comment on table public.compliance_facts is 'What the rules of due dates need to know of a business';

alter table public.compliance_facts enable row level security;
revoke all on public.compliance_facts from public, anon, authenticated, service_role;
grant select on public.compliance_facts to authenticated, service_role;
create policy "Clients read their own facts" on public.compliance_facts
  for select to authenticated using (client_id = (select auth.uid()));
create policy "A second step that was set up is taken first" on public.compliance_facts
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

-- What became of a due date: none for one that nobody has touched. Written by set_deadline alone.
create table public.deadline_records (
  client_id uuid not null,
  rule text not null,
  period text not null,
  status text not null default 'open',
  assigned_to uuid,
  document_id uuid,
  done_at timestamptz,
  done_by uuid,
  updated_at timestamptz not null default now(),
  constraint deadline_records_pkey primary key (client_id, rule, period),
  constraint deadline_records_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint deadline_records_document_id_fkey foreign key (document_id)
    references public.client_documents (id) on delete set null,
  constraint deadline_records_name_is_one check (rule ~ '^[a-z0-9-]{1,40}$' and period ~ '^[a-z0-9-]{1,20}$'),
  constraint deadline_records_status_is_known check (status in ('open', 'done', 'not-applicable')),
  constraint deadline_records_done_has_time check (
    (status = 'done') = (done_at is not null) and (status = 'done' or document_id is null))
);
comment on table public.deadline_records is 'What became of a due date, by rule and period';
create index deadline_records_document on public.deadline_records (document_id);

alter table public.deadline_records enable row level security;
revoke all on public.deadline_records from public, anon, authenticated, service_role;
grant select on public.deadline_records to authenticated, service_role;
create policy "Clients read what became of their due dates" on public.deadline_records
  for select to authenticated using (client_id = (select auth.uid()));
create policy "A second step that was set up is taken first" on public.deadline_records
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

-- The secret address of a client's calendar: of the secret the SHA-256 alone is kept. No row: there is no address. No API role
-- reaches it; functions do.
create table private.calendar_feeds (
  client_id uuid not null,
  secret_sha256 bytea not null,
  created_at timestamptz not null default now(),
  constraint calendar_feeds_pkey primary key (client_id),
  constraint calendar_feeds_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint calendar_feeds_secret_sha256_is_one check (octet_length(secret_sha256) = 32)
);
comment on table private.calendar_feeds is 'The secret address of a client''s calendar, hashed';
create unique index calendar_feeds_secret on private.calendar_feeds (secret_sha256);

alter table private.calendar_feeds enable row level security;
revoke all on private.calendar_feeds from public, anon, authenticated, service_role;

create function private.calendar_since() returns timestamptz
language sql stable security definer set search_path = ''
as $$ select feed.created_at from private.calendar_feeds as feed where feed.client_id = (select auth.uid()) $$;
grant execute on function private.calendar_since() to authenticated;

alter table public.activity
  drop constraint activity_kind_is_known,
  add constraint activity_kind_is_known check (kind in (
    'account-created', 'signed-in', 'password-changed', 'email-changed', 'two-step-added',
    'two-step-removed', 'profile-changed', 'onboarding-submitted', 'status-changed',
    'document-added', 'document-renamed', 'document-recategorized', 'document-removed',
    'document-accepted', 'document-returned',
    'request-made', 'request-answered', 'request-accepted', 'request-returned', 'request-withdrawn',
    'message-written',
    'facts-changed', 'deadline-changed', 'calendar-address-made', 'calendar-address-removed',
    'closure-requested', 'closure-withdrawn', 'closure-decided', 'data-exported',
    'ein-read', 'document-read')) not valid;

-- The facts with the legal form, as crates/deadlines reads them; null before they were told.
create function private.facts_of(client public.clients) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(facts) - 'client_id' - 'updated_at' || jsonb_build_object('entity_type', client.entity_type)
  from public.compliance_facts as facts where facts.client_id = client.id
$$;

create function private.records_of(client public.clients) returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'rule', record.rule,
    'period', record.period,
    'status', record.status,
    'assigned_to', (select account.email from auth.users as account where account.id = record.assigned_to),
    'document_id', record.document_id,
    'document_name', (select document.document_name from public.client_documents as document
      where document.id = record.document_id),
    'done_at', record.done_at,
    'done_by', case when record.done_by = record.client_id then 'client' when record.done_by is not null then 'staff' end)
    order by record.rule, record.period), '[]')
  from public.deadline_records as record where record.client_id = client.id
$$;

-- The client a caller may act on: their own row, or, for our team, the one that is named.
create function private.compliance_client(client_id uuid) returns public.clients
language plpgsql stable set search_path = ''
as $$
declare
  client public.clients;
begin
  if not private.second_step_is_taken()
    or (coalesce(compliance_client.client_id, auth.uid()) <> auth.uid() and not private.is_staff()) then
    raise sqlstate '42501' using message = 'this is another client''s';
  end if;
  select * into client from public.clients as found
  where found.id = coalesce(compliance_client.client_id, auth.uid());
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such client';
  end if;
  return client;
end;
$$;

create function private.give_compliance_file(client_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  client public.clients := private.compliance_client(client_id);
begin
  return jsonb_build_object(
    'client_id', client.id,
    'client_name', coalesce(client.business_name, client.full_name, client.email),
    'entity_type', client.entity_type,
    'facts', private.facts_of(client),
    'records', private.records_of(client),
    'calendar_since', (select feed.created_at from private.calendar_feeds as feed where feed.client_id = client.id),
    'documents', (
      select coalesce(jsonb_agg(jsonb_build_object('id', newest.id, 'name', newest.document_name)
        order by newest.uploaded_at desc, newest.id desc), '[]')
      from (
        select document.id, document.document_name, document.uploaded_at
        from public.client_documents as document where document.client_id = client.id
        order by document.uploaded_at desc, document.id desc limit 50) as newest),
    'staff', case when private.is_staff() then (
      select coalesce(jsonb_agg(account.email order by account.email), '[]') from auth.users as account
      where account.raw_app_meta_data ->> 'role' = 'staff') else '[]' end);
end;
$$;
grant execute on function private.give_compliance_file(uuid) to authenticated;

-- What the due dates of a client are computed from and what became of them: the caller's own, or for our team the named one's.
create function public.compliance_file(client_id uuid default null) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.give_compliance_file(client_id) $$;
revoke execute on function public.compliance_file(uuid) from public, anon;
grant execute on function public.compliance_file(uuid) to authenticated;

create function private.keep_compliance_facts(facts jsonb, client_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  client public.clients := private.compliance_client(keep_compliance_facts.client_id);
  told public.compliance_facts := jsonb_populate_record(null::public.compliance_facts, keep_compliance_facts.facts);
  was jsonb := private.facts_of(client);
begin
  if client.id <> auth.uid() then
    perform private.require_change_as_staff();
  end if;
  insert into public.compliance_facts as compliance_facts (
    client_id, llc_taxed_as, fiscal_year_end, payroll, deposit_schedule, pays_contractors, states, formed_in, formed_on)
  values (
    client.id, told.llc_taxed_as, told.fiscal_year_end, told.payroll, told.deposit_schedule, told.pays_contractors,
    told.states, told.formed_in, told.formed_on)
  on conflict (client_id) do update set
    llc_taxed_as = excluded.llc_taxed_as,
    fiscal_year_end = excluded.fiscal_year_end,
    payroll = excluded.payroll,
    deposit_schedule = excluded.deposit_schedule,
    pays_contractors = excluded.pays_contractors,
    states = excluded.states,
    formed_in = excluded.formed_in,
    formed_on = excluded.formed_on,
    updated_at = now()
  -- Said again it is the same as once.
  where to_jsonb(compliance_facts) - 'updated_at' is distinct from to_jsonb(excluded) - 'updated_at';
  if private.facts_of(client) is distinct from was then
    perform private.record_activity(client.id, 'facts-changed', private.actor_on(client.id));
  end if;
  return private.give_compliance_file(client.id);
end;
$$;
grant execute on function private.keep_compliance_facts(jsonb, uuid) to authenticated;

-- Keeps what a client, or our team for a client, told of the business. Answers as compliance_file.
create function public.save_compliance_facts(facts jsonb, client_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.keep_compliance_facts(facts, client_id) $$;
revoke execute on function public.save_compliance_facts(jsonb, uuid) from public, anon;
grant execute on function public.save_compliance_facts(jsonb, uuid) to authenticated;

create function private.keep_deadline(rule text, period text, change jsonb, client_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  client public.clients := private.compliance_client(keep_deadline.client_id);
  kept public.deadline_records;
  was text;
  proof uuid := (keep_deadline.change ->> 'document_id')::uuid;
  assignee uuid;
begin
  if client.id <> auth.uid() then
    perform private.require_change_as_staff();
  end if;
  if not private.may_change_as_staff()
    and (keep_deadline.change ? 'assigned_to' or keep_deadline.change ->> 'status' = 'not-applicable') then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  if proof is not null and not exists (
    select from public.client_documents as document where document.id = proof and document.client_id = client.id) then
    raise sqlstate 'PT422' using message = 'there is no such document', hint = 'document_id';
  end if;
  if keep_deadline.change ->> 'assigned_to' is not null then
    select account.id into assignee from auth.users as account
    where account.email = keep_deadline.change ->> 'assigned_to' and account.raw_app_meta_data ->> 'role' = 'staff';
    if not found then
      raise sqlstate 'PT422' using message = 'there is nobody of that address on the team', hint = 'assigned_to';
    end if;
  end if;
  insert into public.deadline_records (client_id, rule, period)
  values (client.id, keep_deadline.rule, keep_deadline.period)
  on conflict on constraint deadline_records_pkey do nothing;
  select * into kept from public.deadline_records as found
  where found.client_id = client.id and found.rule = keep_deadline.rule and found.period = keep_deadline.period
  for update;
  was := kept.status;
  if keep_deadline.change ? 'assigned_to' then
    kept.assigned_to := assignee;
  end if;
  if keep_deadline.change ? 'status' then
    kept.status := keep_deadline.change ->> 'status';
    kept.document_id := case when kept.status = 'done' then proof end;
    if kept.status <> 'done' then
      kept.done_at := null;
      kept.done_by := null;
    elsif was <> 'done' then
      kept.done_at := now();
      kept.done_by := auth.uid();
    end if;
  end if;
  update public.deadline_records as found set
    status = kept.status,
    assigned_to = kept.assigned_to,
    document_id = kept.document_id,
    done_at = kept.done_at,
    done_by = kept.done_by,
    updated_at = now()
  where found.client_id = client.id and found.rule = kept.rule and found.period = kept.period
    and (found.status, found.assigned_to, found.document_id)
      is distinct from (kept.status, kept.assigned_to, kept.document_id);
  if kept.status <> was then
    perform private.record_activity(client.id, 'deadline-changed', private.actor_on(client.id), jsonb_build_object(
      'rule', kept.rule, 'period', kept.period, 'status', kept.status,
      'by', case when auth.uid() <> client.id then auth.uid() end));
  end if;
  return private.give_compliance_file(client.id);
end;
$$;
grant execute on function private.keep_deadline(text, text, jsonb, uuid) to authenticated;

-- Sets what became of a due date: `status`, with `document_id` as proof that it is done, and by our team `assigned_to`, the
-- address of one of it. Whether there is such a due date is the caller's to know. Answers as compliance_file.
create function public.set_deadline(rule text, period text, change jsonb, client_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.keep_deadline(rule, period, change, client_id) $$;
revoke execute on function public.set_deadline(text, text, jsonb, uuid) from public, anon;
grant execute on function public.set_deadline(text, text, jsonb, uuid) to authenticated;

create function private.renew_calendar_feed() returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  client public.clients := private.compliance_client(null);
  -- 244 random bits.
  secret text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  insert into private.calendar_feeds (client_id, secret_sha256)
  values (client.id, sha256(convert_to(secret, 'UTF8')))
  on conflict (client_id) do update set secret_sha256 = excluded.secret_sha256, created_at = now();
  perform private.record_activity(client.id, 'calendar-address-made', 'client');
  return secret;
end;
$$;
grant execute on function private.renew_calendar_feed() to authenticated;

-- Makes the caller's calendar a new secret address; the one before leads nowhere from then on. The secret is told this once.
create function public.make_calendar_feed() returns text
language sql volatile security invoker set search_path = ''
as $$ select private.renew_calendar_feed() $$;
revoke execute on function public.make_calendar_feed() from public, anon;
grant execute on function public.make_calendar_feed() to authenticated;

create function private.drop_calendar_feed() returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  client public.clients := private.compliance_client(null);
begin
  delete from private.calendar_feeds as feed where feed.client_id = client.id;
  if found then
    perform private.record_activity(client.id, 'calendar-address-removed', 'client');
  end if;
end;
$$;
grant execute on function private.drop_calendar_feed() to authenticated;

-- The secret address of the caller's calendar leads nowhere from then on.
create function public.remove_calendar_feed() returns void
language sql volatile security invoker set search_path = ''
as $$ select private.drop_calendar_feed() $$;
revoke execute on function public.remove_calendar_feed() from public, anon;
grant execute on function public.remove_calendar_feed() to authenticated;

create function private.open_calendar_feed(secret text) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'client_id', client.id, 'facts', private.facts_of(client), 'records', private.records_of(client))
  from private.calendar_feeds as feed
  join public.clients as client on client.id = feed.client_id
  where feed.secret_sha256 = sha256(convert_to(open_calendar_feed.secret, 'UTF8'))
$$;
grant execute on function private.open_calendar_feed(text) to anon;

-- What the calendar behind a secret holds; null where the secret is none. Whoever has the secret may read it.
create function public.calendar_feed(secret text) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.open_calendar_feed(secret) $$;
revoke execute on function public.calendar_feed(text) from public, authenticated;
grant execute on function public.calendar_feed(text) to anon;

-- Which clients have which of the due dates that crates/deadlines computed, `Candidate` there; a test compares the two.
create function private.match_deadlines(candidates jsonb)
returns table (due date, client_id uuid, rule text, period text)
language sql stable set search_path = '' rows 1000
as $$
  select one.due, client.id, one.rule, one.period
  from jsonb_to_recordset(candidates) as one (
    rule text, period text, due date, period_ends date, entities text[], taxed_as text[], payroll text[],
    monthly_deposits boolean, contractors boolean, state text, formed_in text, formed_out_of text,
    fiscal_year_end integer, formed_month integer, formed_year integer, formed_every integer, formed_on date,
    settled_by text[], owed_after text)
  join public.compliance_facts as facts on
    (one.fiscal_year_end is null or facts.fiscal_year_end = one.fiscal_year_end)
    and (one.payroll is null or facts.payroll = any (one.payroll))
    and (not one.monthly_deposits or facts.deposit_schedule is not distinct from 'monthly')
    and (not one.contractors or facts.pays_contractors)
    and (one.state is null or one.state = any (facts.states) or facts.formed_in is not distinct from one.state)
    and (one.formed_in is null or facts.formed_in = one.formed_in)
    and (one.formed_out_of is null or facts.formed_in <> one.formed_out_of)
    and (one.formed_on is null or facts.formed_on = one.formed_on)
    and (one.formed_month is null or (
      extract(month from facts.formed_on) = one.formed_month
      and extract(year from facts.formed_on) < one.formed_year
      and (one.formed_year - extract(year from facts.formed_on)::integer) % one.formed_every = 0))
    and (facts.formed_on is null or facts.formed_on <= one.period_ends)
  join public.clients as client on client.id = facts.client_id
    and (one.entities is null or client.entity_type = any (one.entities))
    and (one.taxed_as is null or case client.entity_type
      when 'llc' then facts.llc_taxed_as
      when 'sole-proprietorship' then 'sole-proprietor'
      when 'nonprofit' then 'exempt'
      else client.entity_type end = any (one.taxed_as))
  where not exists (
      select from public.deadline_records as record
      where record.client_id = client.id and record.period = one.period
        and record.rule = any (one.settled_by) and record.status = 'done')
    and (one.owed_after is null or exists (
      select from public.deadline_records as record
      where record.client_id = client.id and record.period = one.period
        and record.rule = one.owed_after and record.status = 'done'))
$$;

create function private.find_deadlines(
  candidates jsonb, open_only boolean, after_due date, after_client uuid, after_rule text, page_size integer)
returns table (due date, client_id uuid, rule text, period text, client_name text, record jsonb)
language plpgsql stable security definer set search_path = '' rows 20
as $$
#variable_conflict use_column
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  return query
    select page.due, page.client_id, page.rule, page.period,
      coalesce(client.business_name, client.full_name, client.email),
      (select one.value from jsonb_array_elements(private.records_of(client)) as one
       where one.value ->> 'rule' = page.rule and one.value ->> 'period' = page.period)
    from (
      select matched.* from private.match_deadlines(find_deadlines.candidates) as matched
      left join public.deadline_records as kept on kept.client_id = matched.client_id
        and kept.rule = matched.rule and kept.period = matched.period
      where (not find_deadlines.open_only or coalesce(kept.status, 'open') = 'open')
        and (find_deadlines.after_due is null or (matched.due, matched.client_id, matched.rule)
          > (find_deadlines.after_due, find_deadlines.after_client, find_deadlines.after_rule))
      order by matched.due, matched.client_id, matched.rule
      limit least(greatest(find_deadlines.page_size, 1), 101)
    ) as page
    join public.clients as client on client.id = page.client_id
    order by page.due, page.client_id, page.rule;
end;
$$;
grant execute on function private.find_deadlines(jsonb, boolean, date, uuid, text, integer) to authenticated;

-- The due dates of all clients for our team, soonest first, after a row of the page before.
create function public.list_deadlines(
  candidates jsonb, open_only boolean default false, after_due date default null, after_client uuid default null,
  after_rule text default null, page_size integer default 20)
returns table (due date, client_id uuid, rule text, period text, client_name text, record jsonb)
language sql stable security invoker set search_path = '' rows 20
as $$ select * from private.find_deadlines(candidates, open_only, after_due, after_client, after_rule, page_size) $$;
revoke execute on function public.list_deadlines(jsonb, boolean, date, uuid, text, integer) from public, anon;
grant execute on function public.list_deadlines(jsonb, boolean, date, uuid, text, integer) to authenticated;

-- As before, and with what is kept for the due dates. The secret of a calendar is nowhere to be had.
create or replace function public.account_export() returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  export jsonb;
begin
  perform private.record_export();
  select jsonb_build_object(
    'exported_at', now(),
    'profile', to_jsonb(client) || jsonb_build_object('ein', private.masked_ein(client.ein)),
    'documents', coalesce((
      select jsonb_agg(
        to_jsonb(document) - 'client_id' - 'verdict_by' order by document.uploaded_at, document.id)
      from public.client_documents as document where document.client_id = client.id), '[]'),
    'messages', coalesce((
      select jsonb_agg(to_jsonb(message) - 'client_id' order by message.created_at, message.id)
      from public.messages as message where message.client_id = client.id), '[]'),
    'requests', coalesce((
      select jsonb_agg(to_jsonb(request) order by request.made_at, request.id)
      from (
        select one.id, one.title, one.description, one.wanted, one.document_category, one.due_on, one.status, one.answer,
          one.document_id, one.reason, one.made_at, one.answered_at, one.settled_at
        from public.client_requests as one where one.client_id = client.id) as request), '[]'),
    'activity', coalesce((
      select jsonb_agg((to_jsonb(entry) - 'client_id') #- '{detail,by}' order by entry.at, entry.id)
      from public.activity as entry where entry.client_id = client.id), '[]'),
    'access', coalesce((
      select jsonb_agg(to_jsonb(entry) - 'client_id' - 'actor_id' order by entry.at, entry.id)
      from public.access_log as entry where entry.client_id = client.id), '[]'),
    'facts', (select to_jsonb(facts) - 'client_id' from public.compliance_facts as facts where facts.client_id = client.id),
    'deadlines', coalesce((
      select jsonb_agg(to_jsonb(record) - 'client_id' - 'assigned_to' - 'done_by' order by record.rule, record.period)
      from public.deadline_records as record where record.client_id = client.id), '[]'),
    'calendar_since', private.calendar_since(),
    'closures', coalesce((
      select jsonb_agg(
        to_jsonb(closure) - 'client_id' - 'settled_by' order by closure.requested_at, closure.id)
      from public.account_closures as closure where closure.client_id = client.id), '[]'))
  into export
  from public.clients as client
  where client.id = (select auth.uid());
  if not found then
    raise sqlstate 'PT404' using message = 'this account has no client record';
  end if;
  return export;
end;
$$;
