-- The last four digits of an EIN, as it is shown everywhere; the same as crates/common/src/ein.rs, and
-- a test compares the two.
create function private.masked_ein(ein text) returns text
language sql immutable parallel safe set search_path = ''
as $$ select 'XX-XXX' || right(ein, 4) $$;
grant execute on function private.masked_ein(text) to authenticated;

create function private.record_export() returns void
language sql volatile security definer set search_path = ''
as $$ select private.record_activity(auth.uid(), 'data-exported', 'client') $$;
grant execute on function private.record_export() to authenticated;

-- Everything that is kept of the caller, whole rows, so that a new column is part of it without further
-- ado; the EIN as everywhere masked but for its last four digits. The bytes of documents are in Storage.
create function public.account_export() returns jsonb
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
revoke execute on function public.account_export() from public, anon;
grant execute on function public.account_export() to authenticated;
