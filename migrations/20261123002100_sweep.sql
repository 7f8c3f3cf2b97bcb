-- What outlives its use, for the Worker `upkeep/sweep`. A file waits two days for its document: the page goes on with
-- a half-sent file within one, and what is older is no longer made a document (below), so that no file is swept
-- under a registration. Objects are removed through Storage itself, never by SQL: there the bytes would stay.
set lock_timeout = '4s';
set statement_timeout = '60s';

create function private.file_lifetime() returns interval
language sql immutable parallel safe set search_path = ''
as $$ select interval '48 hours' $$;

-- Paths of files that no document points at, the oldest first.
create function public.orphan_files(batch_size integer default 100) returns setof text
language sql stable security invoker set search_path = ''
as $$
  select object.name
  from storage.objects as object
  where object.bucket_id = 'client-documents'
    and object.created_at < now() - private.file_lifetime()
    and not exists (
      select 1 from public.client_documents as document
      where document.storage_path = object.name)
  order by object.created_at
  limit least(greatest(batch_size, 1), 1000)
$$;

-- Removes rows that are older than they should live, and tells how many. A mail that was sent is kept for 90 days, in
-- which somebody may ask whether it was; one that was parked stays until staff has seen to it.
create function public.sweep_rows() returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  with mails as (
    delete from public.email_outbox
    where status = 'sent' and sent_at < now() - interval '90 days'
    returning 1
  )
  select jsonb_build_object('mails', (select count(*) from mails))
$$;

create index email_outbox_sent on public.email_outbox (sent_at) where status = 'sent';

revoke execute on function private.file_lifetime() from public;
grant execute on function private.file_lifetime() to service_role;
revoke execute on function public.orphan_files(integer) from public, anon, authenticated;
revoke execute on function public.sweep_rows() from public, anon, authenticated;
grant execute on function public.orphan_files(integer) to service_role;
grant execute on function public.sweep_rows() to service_role;

-- The other side of the bargain: a day before it may be swept, a file can not become a document any more.
create function private.refuse_old_file() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if exists (
    select 1 from storage.objects as object
    where object.bucket_id = 'client-documents'
      and object.name = new.storage_path
      and object.created_at < now() - private.file_lifetime() + interval '24 hours'
  ) then
    raise exception 'the file waited too long for its document' using errcode = 'PT410';
  end if;
  return new;
end;
$$;

create trigger client_documents_refuse_old_file before insert on public.client_documents
  for each row execute function private.refuse_old_file();
