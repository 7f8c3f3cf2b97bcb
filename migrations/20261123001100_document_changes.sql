-- What a client may do with a document after it was sent, until the firm has reviewed it: give it another
-- name, say that it is something else, and take it back. All else about a document stays what was checked.
alter table public.client_documents
  -- SHA-256 of the file, as the client's browser worked it out: enough for it to tell that a file was sent
  -- before, and nothing is decided by it.
  add column content_sha256 text,
  -- When the firm looked at it. From then on it is part of the firm's papers.
  add column reviewed_at timestamptz,
  add constraint client_documents_content_sha256_is_hex check (content_sha256 ~ '^[0-9a-f]{64}$');

-- "Was this sent before?" Not unique: who says so may send the same file twice.
create index client_documents_same_content on public.client_documents (client_id, content_sha256)
  where content_sha256 is not null;

grant update (document_name, document_category), delete on public.client_documents to authenticated;

create policy "Clients rename and sort their own documents until reviewed"
  on public.client_documents for update to authenticated
  using (client_id = (select auth.uid()) and reviewed_at is null)
  with check (client_id = (select auth.uid()) and reviewed_at is null);

create policy "Clients take back their own documents until reviewed"
  on public.client_documents for delete to authenticated
  using (client_id = (select auth.uid()) and reviewed_at is null);

-- A new name keeps the ending of the file, which tells programs how to open it. What is no name is left to
-- the constraint to refuse: an ending alone would pass for one.
create function private.keep_document_extension() returns trigger
language plpgsql set search_path = ''
as $$
declare
  ending text := lower(substring(old.storage_path from '\.([[:alnum:]]+)$'));
  endings text[] := case ending
    when 'jpg' then array['jpg', 'jpeg']
    when 'heic' then array['heic', 'heif']
    else array[ending]
  end;
begin
  if ending is not null
    and private.is_plain_text(new.document_name)
    and coalesce(lower(substring(new.document_name from '\.([[:alnum:]]+)$')), '') <> all (endings)
  then
    new.document_name := rtrim(left(new.document_name, 199 - char_length(ending))) || '.' || ending;
  end if;
  return new;
end;
$$;

create trigger client_documents_keep_extension before update of document_name on public.client_documents
  for each row when (current_user = 'authenticated' and old.document_name is distinct from new.document_name)
  execute function private.keep_document_extension();

-- What was submitted stays complete: the only document of a kind that is required can't be taken away under
-- the eyes of those who review it. The client's row is locked, so that two documents removed at the same
-- moment, or one removed while the onboarding is submitted, can't get past this.
create function private.guard_required_document() returns trigger
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
        and other.id <> old.id)
  then
    raise sqlstate 'PT409' using
      message = 'the only document of a kind that is required',
      hint = 'required';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end;
$$;

create trigger client_documents_guard_sorting before update of document_category on public.client_documents
  for each row when (current_user = 'authenticated' and old.document_category is distinct from new.document_category)
  execute function private.guard_required_document();
create trigger client_documents_guard_removal before delete on public.client_documents
  for each row when (current_user = 'authenticated')
  execute function private.guard_required_document();

-- Changes the name or the category of the caller's document (a key that is absent is left as it is), and
-- answers with its row.
create function public.update_document(document_id uuid, changes jsonb)
returns setof public.client_documents
language plpgsql volatile security invoker set search_path = '' rows 1
as $$
begin
  return query
    update public.client_documents as document set
      document_name = coalesce(changes ->> 'document_name', document.document_name),
      document_category = coalesce(changes ->> 'document_category', document.document_category)
    where document.id = document_id
    returning document.*;
  if found then
    return;
  end if;
  if exists (select from public.client_documents as document where document.id = document_id) then
    raise sqlstate 'PT409' using message = 'the document is reviewed', hint = 'reviewed';
  end if;
  raise sqlstate 'PT404' using message = 'there is no such document';
end;
$$;
revoke execute on function public.update_document(uuid, jsonb) from public, anon;
grant execute on function public.update_document(uuid, jsonb) to authenticated;

-- Removes the caller's document, and answers with the path of its file, which from now on is no document's
-- and may be removed by them too; null when there is no such document any more.
create function public.remove_document(document_id uuid)
returns table (storage_path text)
language plpgsql volatile security invoker set search_path = '' rows 1
as $$
begin
  delete from public.client_documents as document
  where document.id = document_id
  returning document.storage_path into storage_path;
  if not found and exists (
    select from public.client_documents as document where document.id = document_id)
  then
    raise sqlstate 'PT409' using message = 'the document is reviewed', hint = 'reviewed';
  end if;
  return next;
end;
$$;
revoke execute on function public.remove_document(uuid) from public, anon;
grant execute on function public.remove_document(uuid) to authenticated;
