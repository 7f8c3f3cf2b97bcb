-- Roles, schemas and extensions as a hosted Supabase project has them before its first migration.
-- Runs at every start, as the superuser, so each statement can be repeated.

do $$
declare
  wanted text;
begin
  foreach wanted in array array[
    'anon', 'authenticated', 'service_role', 'authenticator',
    'supabase_auth_admin', 'supabase_storage_admin', 'postgres']
  loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I', wanted);
    end if;
  end loop;
end
$$;

alter role anon nologin noinherit;
alter role authenticated nologin noinherit;
alter role service_role nologin noinherit bypassrls;
alter role authenticator login noinherit password 'postgres';
alter role supabase_auth_admin login noinherit createrole password 'postgres';
alter role supabase_storage_admin login noinherit createrole password 'postgres';
-- As on hosted Supabase, `postgres`, who runs the migrations, is no superuser.
alter role postgres login inherit createdb createrole replication bypassrls password 'postgres';

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
-- A restore loads rows without running their triggers; hosted projects let `postgres` do so too.
grant set on parameter session_replication_role to postgres;
-- Who may write policies on storage.objects; hosted projects grant this in another way.
grant supabase_storage_admin to postgres;

alter database postgres owner to postgres;
alter database postgres set search_path to "$user", public, extensions;
alter database postgres set timezone to 'UTC';
grant create on database postgres to supabase_auth_admin, supabase_storage_admin;

create schema if not exists extensions authorization postgres;
grant usage on schema extensions to
  anon, authenticated, service_role, supabase_auth_admin, supabase_storage_admin;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;

create schema if not exists auth authorization supabase_auth_admin;
create schema if not exists storage authorization supabase_storage_admin;
alter role supabase_auth_admin set search_path = 'auth';
alter role supabase_storage_admin set search_path = 'storage';

-- Since 30 October 2026 a new table in `public` is granted to no API role: each migration must
-- grant what it means to give.
grant usage on schema public to anon, authenticated, service_role;
