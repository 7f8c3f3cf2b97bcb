-- A file's name is made of plain segments, the same that `register-document` takes (crates/common/src/storage.rs, and a test
-- compares the two): a path with `..` in it begins with one's own folder and means another one's to whoever resolves it.
create policy "Files of clients have plain names" on storage.objects
  as restrictive for insert to authenticated with check (
    bucket_id <> 'client-documents'
    or (char_length(name) <= 400 and name ~ '^[0-9a-f-]{36}(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$'));
