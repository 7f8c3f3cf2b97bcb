-- Staff see every client, so a password that got out must not be enough to be staff: without the second step of
-- signing in they are to every policy no more than an account of their own. They set one up as clients do.
create or replace function private.is_staff() returns boolean
language sql stable set search_path = ''
as $$
  select coalesce(
    claims -> 'app_metadata' ->> 'role' = 'staff' and claims ->> 'aal' = 'aal2', false)
  from (select auth.jwt() as claims) as token
$$;
