-- Helpers that policies, constraints and triggers share. PostgREST exposes `public` alone, so nothing
-- in `private` can be called over the API; a role reaches a helper only from inside another statement.
create schema private;
revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;

-- Functions are closed until a grant beside them opens them. For every schema, since a default privilege
-- of one schema can't take away what PUBLIC has by default.
alter default privileges revoke execute on functions from public;

-- Text a person typed: trimmed, NFC, 1 to 200 characters, no control characters.
create function private.is_plain_text(value text) returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select value = btrim(value)
     and value is nfc normalized
     and char_length(value) between 1 and 200
     and value !~ '[[:cntrl:]]'
$$;
grant execute on function private.is_plain_text(text) to authenticated, service_role;

-- An IRS employer identification number `NN-NNNNNNN` with a prefix that the IRS assigns.
-- Source of the prefixes: IRS, "How EINs are assigned and valid EIN prefixes" (2025). The same list
-- stands in crates/common/src/ein.rs; a test compares the two.
create function private.is_ein(value text) returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select value ~ '^[0-9]{2}-[0-9]{7}$'
     and left(value, 2) not in (
       '00', '07', '08', '09', '17', '18', '19', '28', '29', '49', '69', '70', '78', '79', '89', '96', '97')
$$;
grant execute on function private.is_ein(text) to authenticated, service_role;

-- A telephone number in E.164 form.
create function private.is_e164(value text) returns boolean
language sql immutable parallel safe set search_path = ''
as $$ select value ~ '^\+[1-9][0-9]{6,14}$' $$;
grant execute on function private.is_e164(text) to authenticated, service_role;

-- Staff of the firm carry `app_metadata.role = staff`, which only the service key can set.
create function private.is_staff() returns boolean
language sql stable set search_path = ''
as $$ select coalesce((select auth.jwt()) -> 'app_metadata' ->> 'role' = 'staff', false) $$;
grant execute on function private.is_staff() to authenticated, service_role;

create function private.touch_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;
