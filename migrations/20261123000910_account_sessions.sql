-- Where the caller is signed in. Sessions belong to Auth and are not exposed; the caller sees their own,
-- without the tokens, and which of them is asking.
create function private.own_sessions() returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'created_at', newest.created_at,
      'last_used_at', newest.last_used_at,
      'user_agent', left(newest.user_agent, 300),
      'ip', host(newest.ip),
      'is_current', newest.id::text = coalesce(auth.jwt() ->> 'session_id', ''))
    order by newest.last_used_at desc), '[]')
  from (
    select *, coalesce(refreshed_at at time zone 'UTC', created_at) as last_used_at
    from auth.sessions
    where user_id = auth.uid() and (not_after is null or not_after > now())
    order by last_used_at desc
    limit 50
  ) as newest
$$;
grant execute on function private.own_sessions() to authenticated;

-- The same as a computed column of `clients` (PostgREST: `select=…,account_sessions`), so that it comes
-- with the activity in one query. Null on every row but the caller's own.
create function public.account_sessions(client public.clients) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select case when client.id = (select auth.uid()) then private.own_sessions() end $$;
revoke execute on function public.account_sessions(public.clients) from public, anon;
grant execute on function public.account_sessions(public.clients) to authenticated;
