-- The forms library: what a client has begun to fill in, and what was signed. The forms themselves are definitions in
-- crates/forms-library; a row names one by id and version.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- Answers that are not signed yet: one draft a form, as it was typed. Numbers that are secret (EIN, bank account) are in none.
-- Written by save_form_draft, and removed by its client.
create table public.form_drafts (
  client_id uuid not null,
  form_id text not null,
  answers jsonb not null,
  updated_at timestamptz not null default now(),
  constraint form_drafts_pkey primary key (client_id, form_id),
  constraint form_drafts_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint form_drafts_form_id_is_one check (form_id ~ '^[a-z][a-z0-9-]{2,39}$'),
  constraint form_drafts_answers_are_small_object check (
    jsonb_typeof(answers) = 'object' and octet_length(answers::text) <= 65536)
);
comment on table public.form_drafts is 'Answers to forms that are not signed yet';

alter table public.form_drafts enable row level security;
revoke all on public.form_drafts from public, anon, authenticated, service_role;
grant select, delete on public.form_drafts to authenticated;
grant select on public.form_drafts to service_role;
create policy "Clients read their own drafts" on public.form_drafts
  for select to authenticated using (client_id = (select auth.uid()));
create policy "Clients remove their own drafts" on public.form_drafts
  for delete to authenticated using (client_id = (select auth.uid()));
create policy "A second step that was set up is taken first" on public.form_drafts
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

-- Forms that were signed, with the evidence of each signature. Rows are added by sign_form alone, and stay as they are: only
-- the document may be taken back by its client until it is reviewed, as any document. Of numbers that are secret the answers hold
-- the last four digits. The id is the sender's, so that the same signature sent again is the same as once.
create table public.signed_forms (
  id uuid not null,
  client_id uuid not null,
  form_id text not null,
  form_version bigint not null,
  form_title text not null,
  answers jsonb not null,
  -- Of the pages that were signed, and of the file with the evidence, in which those pages are attached.
  form_sha256 text not null,
  file_sha256 text not null,
  typed_name text not null,
  consent text not null,
  consent_version bigint not null,
  signed_at timestamptz not null,
  ip_address text not null,
  user_agent text not null,
  document_id uuid,
  constraint signed_forms_pkey primary key (client_id, id),
  constraint signed_forms_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint signed_forms_document_id_fkey foreign key (document_id)
    references public.client_documents (id) on delete set null,
  constraint signed_forms_form_is_one check (form_id ~ '^[a-z][a-z0-9-]{2,39}$' and form_version > 0),
  constraint signed_forms_form_title_is_plain_text check (private.is_plain_text(form_title)),
  constraint signed_forms_answers_are_object check (jsonb_typeof(answers) = 'object'),
  constraint signed_forms_hashes_are_hex check (
    form_sha256 ~ '^[0-9a-f]{64}$' and file_sha256 ~ '^[0-9a-f]{64}$'),
  constraint signed_forms_typed_name_is_plain_text check (private.is_plain_text(typed_name)),
  constraint signed_forms_consent_is_text check (
    consent_version > 0 and char_length(consent) between 1 and 2000),
  constraint signed_forms_ip_address_is_short check (char_length(ip_address) <= 64),
  constraint signed_forms_user_agent_is_short check (char_length(user_agent) <= 400)
);
comment on table public.signed_forms is 'Forms that were signed, with the evidence of each signature';
create index signed_forms_newest on public.signed_forms (client_id, signed_at desc, id desc);
create index signed_forms_by_form_sha256 on public.signed_forms (form_sha256);
create index signed_forms_by_file_sha256 on public.signed_forms (file_sha256);
create index signed_forms_document on public.signed_forms (document_id);

alter table public.signed_forms enable row level security;
revoke all on public.signed_forms from public, anon, authenticated, service_role;
grant select on public.signed_forms to authenticated, service_role;
create policy "Clients read the forms they signed" on public.signed_forms
  for select to authenticated using (client_id = (select auth.uid()));
create policy "A second step that was set up is taken first" on public.signed_forms
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

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
    'form-signed',
    'closure-requested', 'closure-withdrawn', 'closure-decided', 'data-exported',
    'ein-read', 'document-read')) not valid;

create function private.keep_form_draft(form_id text, answers jsonb, version timestamptz) returns public.form_drafts
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  kept public.form_drafts;
begin
  if not private.second_step_is_taken() then
    return null;
  end if;
  -- Of two windows that begin the same form one waits for the other.
  perform from public.clients as client where client.id = auth.uid() for no key update;
  if not found then
    raise sqlstate 'PT404' using message = 'this account has no client record';
  end if;
  select * into kept from public.form_drafts as draft
  where draft.client_id = auth.uid() and draft.form_id = keep_form_draft.form_id;
  if found then
    -- Said again it is the same as once.
    if kept.answers = keep_form_draft.answers then
      return kept;
    end if;
    if kept.updated_at is distinct from keep_form_draft.version then
      raise sqlstate 'PT409' using message = 'the draft was changed since', hint = 'changed';
    end if;
    update public.form_drafts as draft set
      answers = keep_form_draft.answers,
      updated_at = greatest(clock_timestamp(), draft.updated_at + interval '1 microsecond')
    where draft.client_id = auth.uid() and draft.form_id = keep_form_draft.form_id
    returning * into kept;
    return kept;
  end if;
  if (select count(*) from public.form_drafts as draft where draft.client_id = auth.uid()) >= 100 then
    raise sqlstate 'PT409' using message = 'there are too many drafts', hint = 'many';
  end if;
  insert into public.form_drafts (client_id, form_id, answers)
  values (auth.uid(), keep_form_draft.form_id, keep_form_draft.answers)
  returning * into kept;
  return kept;
end;
$$;
grant execute on function private.keep_form_draft(text, jsonb, timestamptz) to authenticated;

-- Keeps the caller's answers to a form. `version` is the `updated_at` of the draft they were made from, null where there was none;
-- a draft that was changed since is not overwritten.
create function public.save_form_draft(form_id text, answers jsonb, version timestamptz default null)
returns public.form_drafts
language sql volatile security invoker set search_path = ''
as $$ select * from private.keep_form_draft(form_id, answers, version) $$;
revoke execute on function public.save_form_draft(text, jsonb, timestamptz) from public, anon;
grant execute on function public.save_form_draft(text, jsonb, timestamptz) to authenticated;

-- What a signature needs: the time, here and at the firm, a new id for its file, the caller's account with the EIN, and the form that
-- was signed with this id before, if any.
create function public.signing_context(signature_id uuid) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  context jsonb;
begin
  select jsonb_build_object(
    'signed_at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'file_id', gen_random_uuid(),
    'today', to_char(private.firm_time(now()), 'YYYY-MM-DD'),
    'local_time', to_char(private.firm_time(now()), 'FMMonth FMDD, YYYY, FMHH12:MI:SS AM'),
    'account', client.email,
    'ein', client.ein,
    'signed', (
      select to_jsonb(signed) from public.signed_forms as signed
      where signed.client_id = client.id and signed.id = signature_id))
  into context
  from public.clients as client where client.id = (select auth.uid());
  if not found then
    raise sqlstate 'PT404' using message = 'this account has no client record';
  end if;
  return context;
end;
$$;
revoke execute on function public.signing_context(uuid) from public, anon;
grant execute on function public.signing_context(uuid) to authenticated;
grant execute on function private.firm_time(timestamptz) to authenticated;

-- Keeps a signed form, its document and what is told of both, and ends the draft. The service key alone calls it, since nobody may
-- vouch for their own evidence. The same signature again is the same as once; another form under its id is refused.
create function public.sign_form(client_id uuid, signature jsonb, document jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
#variable_conflict use_column
declare
  sent public.signed_forms := jsonb_populate_record(null::public.signed_forms, sign_form.signature);
  filed public.client_documents := jsonb_populate_record(null::public.client_documents, sign_form.document);
  kept public.signed_forms;
begin
  perform from public.clients as client where client.id = sign_form.client_id for no key update;
  if not found then
    raise sqlstate 'PT404' using message = 'this account has no client record';
  end if;
  select * into kept from public.signed_forms as signed
  where signed.client_id = sign_form.client_id and signed.id = sent.id;
  if found then
    if (kept.form_id, kept.answers, kept.typed_name) is distinct from (sent.form_id, sent.answers, sent.typed_name) then
      raise sqlstate 'PT409' using message = 'another form was signed with this id', hint = 'id';
    end if;
    return to_jsonb(kept);
  end if;
  insert into public.client_documents (
    client_id, document_name, document_category, storage_path, content_type, byte_size, content_sha256)
  values (
    sign_form.client_id, filed.document_name, filed.document_category, filed.storage_path, filed.content_type,
    filed.byte_size, sent.file_sha256)
  returning * into filed;
  return private.keep_signature(sign_form.client_id, sent, filed.id);
end;
$$;

create function private.keep_signature(client_id uuid, sent public.signed_forms, document_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  sent.client_id := keep_signature.client_id;
  sent.document_id := keep_signature.document_id;
  insert into public.signed_forms values (sent.*);
  delete from public.form_drafts as draft
  where draft.client_id = sent.client_id and draft.form_id = sent.form_id;
  perform private.record_activity(
    sent.client_id, 'form-signed', 'client', jsonb_build_object('form', sent.form_title));
  return to_jsonb(sent);
end;
$$;
revoke execute on function private.keep_signature(uuid, public.signed_forms, uuid) from public;
grant execute on function private.keep_signature(uuid, public.signed_forms, uuid) to service_role;
revoke execute on function public.sign_form(uuid, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.sign_form(uuid, jsonb, jsonb) to service_role;

create function private.find_signed_forms(
  of_client uuid, sha256 text, before timestamptz, before_id uuid, page_size integer) returns setof public.signed_forms
language plpgsql stable security definer set search_path = '' rows 20
as $$
#variable_conflict use_column
declare
  -- Our team looks a file up whoever signed it; a client only among their own.
  whose uuid := coalesce(of_client, case when private.is_staff() and find_signed_forms.sha256 is not null then null else auth.uid() end);
begin
  if not private.second_step_is_taken() or (whose is distinct from auth.uid() and not private.is_staff()) then
    raise sqlstate '42501' using message = 'this is another client''s';
  end if;
  return query
    select signed.* from public.signed_forms as signed
    where (whose is null or signed.client_id = whose)
      and (find_signed_forms.sha256 is null
        or signed.form_sha256 = find_signed_forms.sha256 or signed.file_sha256 = find_signed_forms.sha256)
      and (before is null or (signed.signed_at, signed.id) < (before, before_id))
    order by signed.signed_at desc, signed.id desc
    limit least(greatest(page_size, 1), 101);
end;
$$;
grant execute on function private.find_signed_forms(uuid, text, timestamptz, uuid, integer) to authenticated;

-- Forms that were signed, newest first: the caller's own; for our team those of the client who is named, or whoever's file has this
-- SHA-256.
create function public.list_signed_forms(
  of_client uuid default null, sha256 text default null, before timestamptz default null, before_id uuid default null,
  page_size integer default 20) returns setof public.signed_forms
language sql stable security invoker set search_path = '' rows 20
as $$ select * from private.find_signed_forms(of_client, sha256, before, before_id, page_size) $$;
revoke execute on function public.list_signed_forms(uuid, text, timestamptz, uuid, integer) from public, anon;
grant execute on function public.list_signed_forms(uuid, text, timestamptz, uuid, integer) to authenticated;

-- As before, and with drafts and signed forms.
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
    'form_drafts', coalesce((
      select jsonb_agg(to_jsonb(draft) - 'client_id' order by draft.form_id)
      from public.form_drafts as draft where draft.client_id = client.id), '[]'),
    'signed_forms', coalesce((
      select jsonb_agg(to_jsonb(signed) - 'client_id' order by signed.signed_at, signed.id)
      from public.signed_forms as signed where signed.client_id = client.id), '[]'),
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
