-- A file that a client has uploaded and that was checked. The bytes stand in Storage under
-- `<client id>/…`; a row is written by the service key alone, after the Worker has read the bytes:
-- no client can vouch for their own file. Clients read their own rows.
create table public.client_documents (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null,
  document_name text not null,
  document_category text not null,
  storage_path text not null,
  content_type text not null,
  byte_size bigint not null,
  uploaded_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint client_documents_pkey primary key (id),
  constraint client_documents_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint client_documents_storage_path_key unique (storage_path),
  constraint client_documents_document_name_is_plain_text check (private.is_plain_text(document_name)),
  constraint client_documents_document_category_is_known check (
    document_category in ('tax-return', 'bank-statement', 'profit-loss', 'balance-sheet', 'w2', 'w9',
      '1099', 'articles-of-incorporation', 'ein-letter', 'insurance-policy', 'lease-agreement',
      'payroll-report', 'other')),
  constraint client_documents_storage_path_is_in_own_folder check (
    starts_with(storage_path, client_id::text || '/') and char_length(storage_path) <= 400),
  constraint client_documents_byte_size_is_in_bounds check (byte_size between 1 and 26214400)
);

-- The listing, newest first, whole and by category.
create index client_documents_newest on public.client_documents
  (client_id, uploaded_at desc, id desc);
create index client_documents_newest_in_category on public.client_documents
  (client_id, document_category, uploaded_at desc, id desc);

alter table public.client_documents enable row level security;

revoke all on public.client_documents from public, anon, authenticated;
grant select on public.client_documents to authenticated;
grant select, insert, update, delete on public.client_documents to service_role;

create policy "Clients read their own documents" on public.client_documents
  for select to authenticated using (client_id = (select auth.uid()));

create trigger client_documents_touch_updated_at before update on public.client_documents
  for each row execute function private.touch_updated_at();

-- The categories a client has sent, as a computed column of `clients` (PostgREST:
-- `select=…,received_categories`), so that a profile and its progress are one query.
create function public.received_categories(client public.clients) returns text[]
language sql stable security invoker set search_path = ''
as $$
  select coalesce(array_agg(distinct document.document_category), '{}')
  from public.client_documents as document
  where document.client_id = client.id
$$;
revoke execute on function public.received_categories(public.clients) from public, anon;
grant execute on function public.received_categories(public.clients) to authenticated, service_role;

-- A first document starts the onboarding as a first answer does.
create function private.start_onboarding() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.clients set onboarding_status = 'in_progress'
  where id = new.client_id and onboarding_status = 'pending';
  return new;
end;
$$;

create trigger client_documents_start_onboarding after insert on public.client_documents
  for each row execute function private.start_onboarding();
