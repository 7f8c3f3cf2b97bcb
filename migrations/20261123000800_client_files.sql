-- Files of clients, private. A client works only in the folder named by their id: reads and uploads
-- there, and removes what is not yet a document. There is no update, so no file changes under a
-- document that was checked. Limits are those of crates/common/src/documents.rs; a test compares.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('client-documents', 'client-documents', false, 26214400, array[
  'application/pdf',
  'image/png',
  'image/jpeg',
  'image/heic',
  'text/csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.ms-excel',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document'])
on conflict (id) do update set
  public = excluded.public,
  file_size_limit = excluded.file_size_limit,
  allowed_mime_types = excluded.allowed_mime_types;

create policy "Clients read files in their own folder" on storage.objects
  for select to authenticated using (
    bucket_id = 'client-documents'
    and (storage.foldername(name))[1] = (select auth.uid())::text);

create policy "Clients upload files into their own folder" on storage.objects
  for insert to authenticated with check (
    bucket_id = 'client-documents'
    and (storage.foldername(name))[1] = (select auth.uid())::text);

create policy "Clients remove files of their own that are no documents" on storage.objects
  for delete to authenticated using (
    bucket_id = 'client-documents'
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and not exists (
      select 1 from public.client_documents as document
      where document.storage_path = objects.name));
