-- Who read or changed what is most private of a client's: the EIN and the documents. Written by the database alone, in the
-- transaction in which it was read or changed; no API role, the service key included, writes, changes or removes an entry.
-- It names no value and belongs to the firm, so it stays when an account goes: nothing in it refers to a row.
create table public.access_log (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  actor text not null,
  actor_id uuid,
  action text not null,
  subject text not null,
  document_id uuid,
  at timestamptz not null default clock_timestamp(),
  constraint access_log_pkey primary key (id),
  constraint access_log_actor_is_known check (actor in ('client', 'staff', 'service', 'system')),
  constraint access_log_action_is_known check (action in ('read', 'added', 'changed', 'removed')),
  constraint access_log_subject_is_known check (subject in ('ein', 'document')),
  constraint access_log_a_document_is_named check ((subject = 'document') = (document_id is not null))
);

create index access_log_newest on public.access_log (client_id, at desc, id desc);
create index access_log_of_an_actor on public.access_log (actor_id, document_id, at desc);

alter table public.access_log enable row level security;

revoke all on public.access_log from public, anon, authenticated, service_role;
grant select on public.access_log to authenticated, service_role;

create policy "Clients read who had access to what is theirs" on public.access_log
  for select to authenticated using (client_id = (select auth.uid()));
create policy "Staff read the whole access log" on public.access_log
  for select to authenticated using ((select private.is_staff()));
create policy "A second step that was set up is taken first" on public.access_log
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

comment on table public.access_log is
  'Who read or changed the EIN and the documents of a client; appended by the database, changed by nobody.';

create function private.log_access(
  client_id uuid, action text, subject text, document_id uuid default null) returns void
language sql volatile set search_path = ''
as $$
  insert into public.access_log (client_id, actor, actor_id, action, subject, document_id)
  select log_access.client_id,
    case
      when private.actor_on(log_access.client_id) <> 'system' then private.actor_on(log_access.client_id)
      when auth.jwt() ->> 'role' = 'service_role' then 'service'
      else 'system'
    end,
    auth.uid(), log_access.action, log_access.subject, log_access.document_id
$$;

create function private.log_ein_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.log_access(
    coalesce(new.id, old.id),
    case when old.ein is null then 'added' when new.ein is null then 'removed' else 'changed' end,
    'ein');
  return null;
end;
$$;

create trigger clients_log_new_ein after insert on public.clients
  for each row when (new.ein is not null) execute function private.log_ein_change();
create trigger clients_log_ein after update of ein on public.clients
  for each row when (old.ein is distinct from new.ein) execute function private.log_ein_change();
create trigger clients_log_removed_ein after delete on public.clients
  for each row when (old.ein is not null) execute function private.log_ein_change();

create function private.log_document_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  document public.client_documents := coalesce(new, old);
begin
  perform private.log_access(
    document.client_id,
    case tg_op when 'INSERT' then 'added' when 'DELETE' then 'removed' else 'changed' end,
    'document',
    document.id);
  return null;
end;
$$;

create trigger client_documents_log_change after insert or delete on public.client_documents
  for each row execute function private.log_document_change();
create trigger client_documents_log_update after update on public.client_documents
  for each row when (old is distinct from new) execute function private.log_document_change();

-- What the client reads of it among what happened on the account.
alter table public.activity
  drop constraint activity_kind_is_known,
  add constraint activity_kind_is_known check (kind in (
    'account-created', 'signed-in', 'password-changed', 'email-changed', 'two-step-added',
    'two-step-removed', 'profile-changed', 'onboarding-submitted', 'status-changed',
    'document-added', 'document-renamed', 'document-recategorized', 'document-removed',
    'closure-requested', 'closure-withdrawn', 'closure-decided', 'data-exported',
    'ein-read', 'document-read'));

-- A select fires no trigger, so an EIN is given to others than its client by this function alone.
create function private.give_ein(client_id uuid) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  client public.clients;
begin
  if not private.is_staff() and auth.jwt() ->> 'role' is distinct from 'service_role' then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  select * into client from public.clients where id = give_ein.client_id;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such client';
  end if;
  perform private.log_access(client.id, 'read', 'ein');
  perform private.record_activity(client.id, 'ein-read', private.actor_on(client.id));
  return client.ein;
end;
$$;
grant execute on function private.give_ein(uuid) to authenticated, service_role;

-- A client's EIN, for staff. That it was read is on the record.
create function public.read_ein(client_id uuid) returns text
language sql volatile security invoker set search_path = ''
as $$ select private.give_ein(client_id) $$;
revoke execute on function public.read_ein(uuid) from public, anon;
grant execute on function public.read_ein(uuid) to authenticated, service_role;

-- The service key passes row level security but not grants: it reads a client's row without the EIN.
revoke select on public.clients from service_role;
grant select (
    id, full_name, business_name, email, phone, entity_type, urgency, services_needed, onboarding_status,
    submitted_at, created_at, updated_at, answers_changed_at, status_changed_at, receipt_number)
  on public.clients to service_role;

create function private.give_document(document_id uuid) returns setof public.client_documents
language plpgsql volatile security definer set search_path = '' rows 1
as $$
declare
  document public.client_documents;
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  select * into document from public.client_documents where id = give_document.document_id;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such document';
  end if;
  perform private.log_access(document.client_id, 'read', 'document', document.id);
  perform private.record_activity(
    document.client_id, 'document-read', private.actor_on(document.client_id),
    jsonb_build_object('document_name', document.document_name));
  return next document;
end;
$$;
grant execute on function private.give_document(uuid) to authenticated;

-- Opens a document for staff: its row, and for five minutes its file in Storage. That it was opened is on the record.
create function public.open_document(document_id uuid) returns setof public.client_documents
language sql volatile security invoker set search_path = '' rows 1
as $$ select * from private.give_document(document_id) $$;
revoke execute on function public.open_document(uuid) from public, anon;
grant execute on function public.open_document(uuid) to authenticated;

create function private.has_opened(path text) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (
    select from public.client_documents as document
    join public.access_log as entry on entry.document_id = document.id
    where document.storage_path = path
      and entry.actor_id = auth.uid()
      and entry.actor = 'staff'
      and entry.action = 'read'
      and entry.at > now() - interval '5 minutes')
$$;
grant execute on function private.has_opened(text) to authenticated;

create policy "Staff read files that they have opened" on storage.objects
  for select to authenticated using (
    bucket_id = 'client-documents'
    and (select private.is_staff())
    and private.has_opened(name));

-- As before, and with who had access. Everything that is kept of the caller, whole rows, so that a new column is part of it without further
-- ado; the EIN as everywhere masked but for its last four digits. The bytes of documents are in Storage.
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
      select jsonb_agg(to_jsonb(document) - 'client_id' order by document.uploaded_at, document.id)
      from public.client_documents as document where document.client_id = client.id), '[]'),
    'messages', coalesce((
      select jsonb_agg(to_jsonb(message) - 'client_id' order by message.created_at, message.id)
      from public.messages as message where message.client_id = client.id), '[]'),
    'activity', coalesce((
      select jsonb_agg(to_jsonb(entry) - 'client_id' order by entry.at, entry.id)
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
