-- What our team says of a document it has looked at: accepted, or returned with a reason that the client is told. A returned
-- document is not counted as received any more, and stays on record as it is; the client sends another.
set lock_timeout = '4s';
set statement_timeout = '60s';

alter table public.client_documents
  add column verdict text,
  add column verdict_reason text,
  add column verdict_by uuid,
  add column verdict_at timestamptz,
  add constraint client_documents_verdict_is_known check (verdict in ('accepted', 'returned')) not valid,
  add constraint client_documents_verdict_reason_is_plain_text
    check (private.is_plain_text(verdict_reason)) not valid,
  add constraint client_documents_returned_has_reason
    check ((verdict is not distinct from 'returned') = (verdict_reason is not null)) not valid,
  add constraint client_documents_verdict_has_time
    check ((verdict is null) = (verdict_at is null) and (verdict is null or reviewed_at is not null)) not valid;

-- What waits for our team, and what a client is to send again.
create index client_documents_unreviewed on public.client_documents (client_id) where reviewed_at is null;
create index client_documents_returned on public.client_documents (client_id, verdict_at desc, id desc)
  where verdict = 'returned';

alter table public.activity
  drop constraint activity_kind_is_known,
  add constraint activity_kind_is_known check (kind in (
    'account-created', 'signed-in', 'password-changed', 'email-changed', 'two-step-added',
    'two-step-removed', 'profile-changed', 'onboarding-submitted', 'status-changed',
    'document-added', 'document-renamed', 'document-recategorized', 'document-removed',
    'document-accepted', 'document-returned',
    'closure-requested', 'closure-withdrawn', 'closure-decided', 'data-exported',
    'ein-read', 'document-read')) not valid;

alter table public.email_outbox
  drop constraint email_outbox_template_is_known,
  add constraint email_outbox_template_is_known check (
    template in ('welcome', 'receipt', 'closure-requested', 'contact-request', 'document-returned')) not valid;

-- As before, but for what was returned.
create or replace function public.received_categories(client public.clients) returns text[]
language sql stable security invoker set search_path = ''
as $$
  select coalesce(array_agg(distinct document.document_category), '{}')
  from public.client_documents as document
  where document.client_id = client.id and document.verdict is distinct from 'returned'
$$;

create or replace function private.missing_requirements(client public.clients) returns text[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(required.requirement order by required.position), '{}')
  from private.onboarding_requirements as required
  where required.entity_type is not distinct from client.entity_type
    and case
      when starts_with(required.requirement, 'documents.') then not exists (
        select 1 from public.client_documents as document
        where document.client_id = client.id
          and document.document_category = substr(required.requirement, 11)
          and document.verdict is distinct from 'returned')
      else coalesce(to_jsonb(client) -> required.requirement, 'null') in ('null', '[]')
    end
$$;

create or replace function private.guard_required_document() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  client public.clients;
begin
  select * into client from public.clients where id = old.client_id for no key update;
  if client.onboarding_status in ('in-review', 'active', 'archived')
    and exists (
      select from private.onboarding_requirements as required
      where required.entity_type is not distinct from client.entity_type
        and required.requirement = 'documents.' || old.document_category)
    and not exists (
      select from public.client_documents as other
      where other.client_id = old.client_id
        and other.document_category = old.document_category
        and other.verdict is distinct from 'returned'
        and other.id <> old.id)
  then
    raise sqlstate 'PT409' using
      message = 'the only document of a kind that is required',
      hint = 'required';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end;
$$;

create or replace function private.receipt_context(client public.clients) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'receipt_number', client.receipt_number,
    'submitted_at', client.submitted_at,
    'full_name', client.full_name,
    'business_name', client.business_name,
    'entity_type', client.entity_type,
    'ein_last_four', right(client.ein, 4),
    'services_needed', client.services_needed,
    'urgency', client.urgency,
    'documents', (
      select coalesce(jsonb_agg(
        jsonb_build_object('name', document.document_name, 'category', document.document_category)
        order by document.uploaded_at, document.id), '[]')
      from public.client_documents as document
      where document.client_id = client.id and document.verdict is distinct from 'returned'))
$$;

-- Whether the client has sent another document of the same kind since this one was returned, as a computed column
-- (PostgREST: `is_replaced=is.false`). One that is returned in its turn is a matter of its own.
create function public.is_replaced(document public.client_documents) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select exists (
    select from public.client_documents as later
    where later.client_id = document.client_id
      and later.document_category = document.document_category
      and later.uploaded_at > document.verdict_at)
$$;
revoke execute on function public.is_replaced(public.client_documents) from public, anon;
grant execute on function public.is_replaced(public.client_documents) to authenticated, service_role;

-- As before, and with what our team said of it. The service key writes documents for the client who has uploaded them.
create or replace function private.record_document_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  document public.client_documents := coalesce(new, old);
  actor text := private.actor_on(document.client_id);
  who text := case actor when 'system' then 'client' else actor end;
begin
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
    if new.verdict is not null
      and (new.verdict, new.verdict_reason) is distinct from (old.verdict, old.verdict_reason) then
      perform private.record_activity(document.client_id, 'document-' || new.verdict, actor,
        jsonb_build_object(
          'document_name', new.document_name, 'reason', new.verdict_reason, 'by', new.verdict_by));
    end if;
  end if;
  return null;
end;
$$;

-- A document as our team sees it, with the address of who gave the verdict.
create function private.filed_document(document public.client_documents) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'id', document.id,
    'document_name', document.document_name,
    'document_category', document.document_category,
    'content_type', document.content_type,
    'byte_size', document.byte_size,
    'uploaded_at', document.uploaded_at,
    'reviewed_at', document.reviewed_at,
    'verdict', document.verdict,
    'verdict_reason', document.verdict_reason,
    'verdict_at', document.verdict_at,
    'verdict_by', (select account.email from auth.users as account where account.id = document.verdict_by))
$$;

create function private.give_verdict(document_id uuid, verdict text, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  document public.client_documents;
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  select * into document from public.client_documents as found
  where found.id = give_verdict.document_id for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such document';
  end if;
  -- Said again it is the same as once: the client gets no second mail.
  if (document.verdict, document.verdict_reason)
    is not distinct from (give_verdict.verdict, give_verdict.reason) then
    return private.filed_document(document);
  end if;
  update public.client_documents as found set
    verdict = give_verdict.verdict,
    verdict_reason = give_verdict.reason,
    verdict_by = auth.uid(),
    verdict_at = now(),
    reviewed_at = coalesce(found.reviewed_at, now())
  where found.id = document.id
  returning * into document;
  if document.verdict = 'returned' then
    insert into public.email_outbox (client_id, template, recipient, context)
    select client.id, 'document-returned', client.email, jsonb_build_object(
      'full_name', client.full_name,
      'document_name', document.document_name,
      'document_category', document.document_category,
      'reason', document.verdict_reason)
    from public.clients as client
    where client.id = document.client_id and client.email is not null;
  end if;
  return private.filed_document(document);
end;
$$;
grant execute on function private.give_verdict(uuid, text, text) to authenticated;

-- Staff accept a document, or return it with a reason, and may change their mind. The client owes another of its kind from
-- then on and is told by mail. Answers with the document.
create function public.review_document(document_id uuid, verdict text, reason text default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.give_verdict(document_id, verdict, reason) $$;
revoke execute on function public.review_document(uuid, text, text) from public, anon;
grant execute on function public.review_document(uuid, text, text) to authenticated;

-- As before, without who of our team it was.
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
    'activity', coalesce((
      select jsonb_agg((to_jsonb(entry) - 'client_id') #- '{detail,by}' order by entry.at, entry.id)
      from public.activity as entry where entry.client_id = client.id), '[]'),
    'access', coalesce((
      select jsonb_agg(to_jsonb(entry) - 'client_id' - 'actor_id' order by entry.at, entry.id)
      from public.access_log as entry where entry.client_id = client.id), '[]'),
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
