-- Settings that functions of the database read. Only the owner of the database sets one.
create table private.settings (
  name text not null,
  value text not null,
  constraint settings_pkey primary key (name),
  constraint settings_name_is_known check (name in ('contact_notify_address')),
  constraint settings_value_is_plain_text check (private.is_plain_text(value))
);

alter table private.settings enable row level security;
revoke all on private.settings from public, anon, authenticated, service_role;

-- Text of several lines: trimmed, NFC, within a length, no control characters but tab and line feed.
create function private.is_paragraphs(value text, max_characters integer) returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select value = btrim(value, E' \t\n')
     and value is nfc normalized
     and char_length(value) between 1 and max_characters
     and translate(value, E'\t\n', '') !~ '[[:cntrl:]]'
$$;
grant execute on function private.is_paragraphs(text, integer) to authenticated, service_role;

-- What somebody wrote in the contact form. Visitors have no account, so a row belongs to nobody: staff
-- read it and say when it was handled, all others see nothing of it.
create table public.contact_requests (
  id uuid not null default gen_random_uuid(),
  name text not null,
  email text not null,
  business_name text,
  message text not null,
  created_at timestamptz not null default now(),
  handled_at timestamptz,
  constraint contact_requests_pkey primary key (id),
  constraint contact_requests_name_is_plain_text check (private.is_plain_text(name)),
  constraint contact_requests_email_is_an_address check (
    email ~ '^[^@[:space:][:cntrl:]]{1,64}@[^@[:space:][:cntrl:]]+\.[^@[:space:][:cntrl:]]+$'
    and email = lower(email) and char_length(email) <= 254),
  constraint contact_requests_business_name_is_plain_text check (private.is_plain_text(business_name)),
  constraint contact_requests_message_is_in_bounds check (private.is_paragraphs(message, 2000))
);

create index contact_requests_newest on public.contact_requests (created_at desc, id desc);
create index contact_requests_of_an_address on public.contact_requests (email, created_at desc);

alter table public.contact_requests enable row level security;

revoke all on public.contact_requests from public, anon, authenticated;
grant select on public.contact_requests to authenticated;
grant update (handled_at) on public.contact_requests to authenticated;
grant select, insert, update, delete on public.contact_requests to service_role;

create policy "Staff read contact requests" on public.contact_requests
  for select to authenticated using ((select private.is_staff()));
create policy "Staff say when a contact request was handled" on public.contact_requests
  for update to authenticated
  using ((select private.is_staff())) with check ((select private.is_staff()));
create policy "A second step that was set up is taken first" on public.contact_requests
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

alter table public.email_outbox
  drop constraint email_outbox_template_is_known,
  add constraint email_outbox_template_is_known check (
    template in ('welcome', 'receipt', 'closure-requested', 'contact-request'));

-- Keeps a message, and owes the firm a mail about it where `contact_notify_address` is set. The public key
-- lets anybody call this past the Worker and its limit for each network address, so it has limits of its
-- own: 5 messages an hour from one mail address, 500 from all. The same message again within a day, as of
-- a browser that tried twice, is kept once.
create function private.keep_contact_request(
  given_name text, given_email text, given_business_name text, given_message text) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  notify_address text := (select value from private.settings where name = 'contact_notify_address');
begin
  perform pg_advisory_xact_lock(hashtextextended('contact_requests ' || given_email, 0));
  if exists (
    select from public.contact_requests
    where email = given_email and message = given_message and name = given_name
      and business_name is not distinct from given_business_name
      and created_at > now() - interval '1 day') then
    return;
  end if;
  if (select count(*) >= 5 from public.contact_requests
      where email = given_email and created_at > now() - interval '1 hour')
     or (select count(*) >= 500 from public.contact_requests
         where created_at > now() - interval '1 hour') then
    raise sqlstate 'PT429' using
      message = 'too many contact requests within the hour',
      hint = 'limit';
  end if;
  insert into public.contact_requests (name, email, business_name, message)
  values (given_name, given_email, given_business_name, given_message);
  if notify_address is not null then
    insert into public.email_outbox (template, recipient, context)
    values ('contact-request', notify_address, jsonb_build_object(
      'name', given_name, 'email', given_email, 'business_name', given_business_name,
      'message', given_message));
  end if;
end;
$$;

-- What the Worker of the contact form calls with the public key alone, as a visitor has no other.
create function public.send_contact_request(name text, email text, business_name text, message text)
returns void
language sql volatile security invoker set search_path = ''
as $$ select private.keep_contact_request(name, email, business_name, message) $$;

grant usage on schema private to anon;
grant execute on function private.keep_contact_request(text, text, text, text) to anon;
grant execute on function public.send_contact_request(text, text, text, text) to anon;
