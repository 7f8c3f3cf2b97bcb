-- An account, its client row and its welcome mail come into being in one transaction. What a
-- sign-up says beyond the address is optional here: a value that breaks a rule is left empty, since
-- a trigger that raises would make the sign-up fail with a message nobody understands.
create function private.plain_text_or_null(value text) returns text
language sql immutable set search_path = ''
as $$
  select case when private.is_plain_text(cleaned) then cleaned end
  from (select normalize(btrim(value), nfc) as cleaned) as candidate
$$;

create function private.create_client() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  given jsonb := case when jsonb_typeof(new.raw_user_meta_data) = 'object'
    then new.raw_user_meta_data else '{}' end;
  given_name text := private.plain_text_or_null(given ->> 'full_name');
begin
  insert into public.clients (id, email, full_name, business_name, phone)
  values (
    new.id,
    new.email,
    given_name,
    private.plain_text_or_null(given ->> 'business_name'),
    case when private.is_e164(given ->> 'phone') then given ->> 'phone' end)
  on conflict (id) do nothing;
  if new.email is not null then
    insert into public.email_outbox (client_id, template, recipient, context)
    values (new.id, 'welcome', new.email, jsonb_build_object('full_name', given_name));
  end if;
  return new;
end;
$$;

create trigger create_client after insert on auth.users
  for each row execute function private.create_client();

-- The address of a client is the address of the account.
create function private.copy_client_email() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.clients set email = new.email where id = new.id;
  return new;
end;
$$;

create trigger copy_client_email after update of email on auth.users
  for each row when (new.email is distinct from old.email)
  execute function private.copy_client_email();
