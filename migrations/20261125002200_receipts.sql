-- Receipts of expenses: files of the firm, private, of kinds and sizes as clients' documents. Staff who may change things upload
-- into the folder that is named by their id; `finance/receipt` reads the file, and makes it the receipt of an entry, once.
set lock_timeout = '4s';
set statement_timeout = '60s';

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('receipts', 'receipts', false, 26214400, array[
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

-- Beside the entry, which stays as it is. Added to by a function, never changed.
create table private.expense_receipts (
  expense_id uuid not null,
  storage_path text not null,
  content_type text not null,
  byte_size bigint not null,
  added_at timestamptz not null default clock_timestamp(),
  added_by uuid,
  constraint expense_receipts_pkey primary key (expense_id),
  constraint expense_receipts_expense_id_fkey foreign key (expense_id) references private.expenses (id),
  constraint expense_receipts_storage_path_key unique (storage_path),
  constraint expense_receipts_byte_size_is_in_bounds check (byte_size between 1 and 26214400)
);
comment on table private.expense_receipts is 'The receipt of an entry of the log of expenses, a file of the bucket receipts; never changed.';
alter table private.expense_receipts enable row level security;
revoke all on private.expense_receipts from public, anon, authenticated, service_role;
create trigger expense_receipts_stay before update or delete or truncate on private.expense_receipts
  for each statement execute function private.keep_entries();
create trigger expense_receipts_are_on_record after insert on private.expense_receipts
  for each row execute function private.record_finance_change('expense', 'expense_id', 'content_type');

-- Whether a file is the receipt of an entry; for policies, which can not see the table.
create function private.is_receipt(path text) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select from private.expense_receipts as receipt where receipt.storage_path = is_receipt.path)
$$;
grant execute on function private.is_receipt(text) to authenticated, service_role;

create policy "Staff read receipts" on storage.objects
  for select to authenticated using (bucket_id = 'receipts' and (select private.is_staff()));
create policy "Staff upload receipts into their own folder" on storage.objects
  for insert to authenticated with check (
    bucket_id = 'receipts'
    and (select private.may_change_as_staff())
    and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "Staff remove files of their own that are no receipts" on storage.objects
  for delete to authenticated using (
    bucket_id = 'receipts'
    and (select private.may_change_as_staff())
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and not private.is_receipt(name));
create policy "Files of receipts have plain names" on storage.objects
  as restrictive for insert to authenticated with check (
    bucket_id <> 'receipts'
    or (char_length(name) <= 400 and name ~ '^[0-9a-f-]{36}(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$'));

-- As before, with the receipt.
create or replace function private.listed_expense(expense private.expenses) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(expense) - array['made_by', 'import_sha256', 'import_line'] || jsonb_build_object(
    'made_by', (select account.email from auth.users as account where account.id = expense.made_by),
    'service_name', (select service.name from private.services as service where service.id = expense.service_id),
    'corrected_by', (select other.id from private.expenses as other where other.corrects = expense.id),
    'receipt_path', (
      select receipt.storage_path from private.expense_receipts as receipt where receipt.expense_id = expense.id),
    'imported', expense.import_line is not null)
$$;

create function private.keep_receipt(expense_id uuid, path text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  expense private.expenses;
  file storage.objects;
  earlier text;
begin
  perform private.require_change_as_staff();
  select * into expense from private.expenses as found where found.id = keep_receipt.expense_id for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such entry';
  end if;
  select receipt.storage_path into earlier from private.expense_receipts as receipt
  where receipt.expense_id = keep_receipt.expense_id;
  if found then
    -- Said again it is the same as once.
    if earlier <> keep_receipt.path then
      raise sqlstate 'PT409' using message = 'the entry has a receipt', hint = 'has';
    end if;
    return private.listed_expense(expense);
  end if;
  -- A file that waits longer is about to be swept; whose folder it is in says who uploaded it.
  select * into file from storage.objects as object
  where object.bucket_id = 'receipts' and object.name = keep_receipt.path
    and (storage.foldername(object.name))[1] = auth.uid()::text
    and object.created_at > now() - private.file_lifetime() + interval '24 hours';
  if not found then
    raise sqlstate 'PT422' using message = 'there is no such file', hint = 'storage_path';
  end if;
  insert into private.expense_receipts (expense_id, storage_path, content_type, byte_size, added_by)
  values (expense.id, file.name, file.metadata ->> 'mimetype', (file.metadata ->> 'size')::bigint, auth.uid());
  return private.listed_expense(expense);
exception when unique_violation then
  raise sqlstate 'PT409' using message = 'the file is the receipt of another entry', hint = 'taken';
end;
$$;
grant execute on function private.keep_receipt(uuid, text) to authenticated;

-- Makes a file that the caller uploaded the receipt of an entry.
create function public.attach_receipt(expense_id uuid, path text) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.keep_receipt(expense_id, path) $$;
revoke execute on function public.attach_receipt(uuid, text) from public, anon;
grant execute on function public.attach_receipt(uuid, text) to authenticated;

-- Paths of files that are no entry's receipt, the oldest first.
create function public.orphan_receipts(batch_size integer default 100) returns setof text
language sql stable security invoker set search_path = ''
as $$
  select object.name
  from storage.objects as object
  where object.bucket_id = 'receipts'
    and object.created_at < now() - private.file_lifetime()
    and not private.is_receipt(object.name)
  order by object.created_at
  limit least(greatest(batch_size, 1), 1000)
$$;
revoke execute on function public.orphan_receipts(integer) from public, anon, authenticated;
grant execute on function public.orphan_receipts(integer) to service_role;
