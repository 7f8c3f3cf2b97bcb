-- What our team sees of clients: a list that can be searched, and one client's file. No policy shows staff a client's row;
-- these functions give what they are meant to see, the EIN masked but for its last four digits.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- pg_trgm finds a part of a word by an index.
create extension if not exists pg_trgm with schema extensions;

-- As before, and it notes since when a client waits. That alone is no change of the record: who edits it meanwhile has
-- still seen it as it is.
create or replace function private.mark_client_change() returns trigger
language plpgsql set search_path = ''
as $$
declare
  was jsonb := to_jsonb(old);
  is_now jsonb := to_jsonb(new);
begin
  if is_now - 'waiting_since' = was - 'waiting_since' then
    return new;
  end if;
  new.updated_at := greatest(clock_timestamp(), old.updated_at + interval '1 microsecond');
  new.answers_changed_at := old.answers_changed_at || coalesce(
    (select jsonb_object_agg(answer, new.updated_at)
     from unnest(array[
       'full_name', 'business_name', 'phone', 'entity_type', 'ein', 'urgency', 'services_needed']) as answer
     where is_now -> answer is distinct from was -> answer),
    '{}');
  if new.onboarding_status is distinct from old.onboarding_status then
    new.status_changed_at := new.updated_at;
  end if;
  if new.onboarding_status = 'in-review' then
    if old.onboarding_status <> 'in-review' then
      new.waiting_since := new.updated_at;
    end if;
  elsif auth.uid() = new.id then
    new.waiting_since := new.updated_at;
  end if;
  return new;
end;
$$;

-- Since when our team could act: in review the submission, otherwise the last thing that the client did.
alter table public.clients add column waiting_since timestamptz not null default now();

update public.clients as client set waiting_since = case client.onboarding_status
  when 'in-review' then coalesce(client.submitted_at, client.status_changed_at)
  else greatest(
    client.created_at,
    client.submitted_at,
    (select max(answer.changed_at::timestamptz) from jsonb_each_text(client.answers_changed_at) as answer (name, changed_at)),
    (select max(document.uploaded_at) from public.client_documents as document where document.client_id = client.id),
    (select max(message.created_at) from public.messages as message
     where message.client_id = client.id and message.author = 'client'))
  end;

create function private.note_client_action() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.clients set waiting_since = clock_timestamp()
  where id = new.client_id and onboarding_status <> 'in-review';
  return null;
end;
$$;

create trigger client_documents_note_client_action after insert on public.client_documents
  for each row execute function private.note_client_action();
create trigger messages_note_client_action after insert on public.messages
  for each row when (new.author = 'client') execute function private.note_client_action();

-- What a client is found by; of the EIN the last four digits, as it is shown. It has no search_path of its own, so that
-- the planner can put its body in its place.
create function private.search_text(full_name text, business_name text, email text, ein text) returns text
language sql immutable parallel safe
as $$
  select lower(
    coalesce(full_name, '') || ' ' || coalesce(business_name, '') || ' ' || coalesce(email, '') || ' '
    || coalesce('XX-XXX' || right(ein, 4), ''))
$$;
grant execute on function private.search_text(text, text, text, text) to authenticated, service_role;

create index clients_newest_waiting on public.clients (waiting_since desc, id desc);
create index clients_newest_waiting_by_status on public.clients (onboarding_status, waiting_since desc, id desc);
create index clients_search on public.clients
  using gin (private.search_text(full_name, business_name, email, ein) extensions.gin_trgm_ops);

-- The statement is put together of fixed parts, so that each kind of question gets a plan of its own.
create function private.find_clients(
  search text, status text, older_than timestamptz, older_than_id uuid, page_size integer)
returns table (
  id uuid, full_name text, business_name text, email text, ein text, onboarding_status text, submitted_at timestamptz,
  waiting_since timestamptz, missing text[], unreviewed_documents bigint)
language plpgsql stable security definer set search_path = '' rows 20
as $$
declare
  patterns text[];
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  -- The longest word is looked up, the others only narrow it down.
  select array_agg(
      '%' || replace(replace(replace(word, '\', '\\'), '%', '\%'), '_', '\_') || '%'
      order by char_length(word) desc, word)
    into patterns
  from regexp_split_to_table(lower(find_clients.search), '\s+') as word
  where word <> '';
  return query execute
    'select (page.client).id, (page.client).full_name, (page.client).business_name, (page.client).email,
       private.masked_ein((page.client).ein), (page.client).onboarding_status, (page.client).submitted_at,
       (page.client).waiting_since, private.missing_requirements(page.client),
       (select count(*) from public.client_documents as document
        where document.client_id = (page.client).id and document.reviewed_at is null)
     from (
       select client from public.clients as client
       where not exists (
         select from auth.users as account
         where account.id = client.id and account.raw_app_meta_data ->> ''role'' = ''staff'')'
    || case when find_clients.status is null then '' else ' and client.onboarding_status = $1' end
    || case when find_clients.older_than is null then ''
         else ' and (client.waiting_since, client.id) < ($2, $3)' end
    || case when patterns is null then ''
         else ' and private.search_text(client.full_name, client.business_name, client.email, client.ein) like $4[1]
           and private.search_text(client.full_name, client.business_name, client.email, client.ein) like all ($4)' end
    || ' order by client.waiting_since desc, client.id desc limit $5
     ) as page'
  using find_clients.status, find_clients.older_than, find_clients.older_than_id, patterns,
    least(greatest(find_clients.page_size, 1), 101);
end;
$$;
grant execute on function private.find_clients(text, text, timestamptz, uuid, integer) to authenticated;

-- Clients for staff, who waits since the latest first: those in whose name, business, mail address or last four digits of
-- the EIN every word of `search` is, in a status, after a row of the page before. Accounts of staff are no clients.
create function public.list_clients(
  search text default null, status text default null, older_than timestamptz default null,
  older_than_id uuid default null, page_size integer default 20)
returns table (
  id uuid, full_name text, business_name text, email text, ein text, onboarding_status text, submitted_at timestamptz,
  waiting_since timestamptz, missing text[], unreviewed_documents bigint)
language sql stable security invoker set search_path = '' rows 20
as $$ select * from private.find_clients(search, status, older_than, older_than_id, page_size) $$;
revoke execute on function public.list_clients(text, text, timestamptz, uuid, integer) from public, anon;
grant execute on function public.list_clients(text, text, timestamptz, uuid, integer) to authenticated;

create function private.give_client_file(client_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  client public.clients;
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  select * into client from public.clients as found where found.id = give_client_file.client_id;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such client';
  end if;
  return jsonb_build_object(
    'client', to_jsonb(client) || jsonb_build_object(
      'ein', private.masked_ein(client.ein),
      'received_categories', public.received_categories(client)),
    'documents', (
      select coalesce(
        jsonb_agg(
          private.filed_document(newest.document)
          order by (newest.document).uploaded_at desc, (newest.document).id desc),
        '[]')
      from (
        select one as document from public.client_documents as one
        where one.client_id = client.id order by one.uploaded_at desc, one.id desc limit 100
      ) as newest),
    'messages', (
      select coalesce(jsonb_agg(to_jsonb(message) order by message.created_at desc, message.id desc), '[]')
      from (
        select one.id, one.author, one.content, one.created_at from public.messages as one
        where one.client_id = client.id order by one.created_at desc, one.id desc limit 20
      ) as message),
    'activity', (
      select coalesce(jsonb_agg(
        to_jsonb(entry) || jsonb_build_object('by', account.email) order by entry.at desc, entry.id desc), '[]')
      from (
        select one.id, one.kind, one.actor, one.detail, one.at from public.activity as one
        where one.client_id = client.id order by one.at desc, one.id desc limit 50
      ) as entry
      left join auth.users as account on account.id = (entry.detail ->> 'by')::uuid),
    'access', (
      select coalesce(jsonb_agg(
        to_jsonb(entry) - 'actor_id' - 'document_id' || jsonb_build_object(
          'by', account.email, 'document_name', document.document_name)
        order by entry.at desc, entry.id desc), '[]')
      from (
        select one.id, one.actor, one.actor_id, one.action, one.subject, one.document_id, one.at
        from public.access_log as one
        where one.client_id = client.id order by one.at desc, one.id desc limit 50
      ) as entry
      left join auth.users as account on account.id = entry.actor_id and entry.actor = 'staff'
      left join public.client_documents as document on document.id = entry.document_id));
end;
$$;
grant execute on function private.give_client_file(uuid) to authenticated;

-- One client for staff: profile, documents with what was said of them, the last messages, what happened, and who had access.
create function public.client_file(client_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.give_client_file(client_id) $$;
revoke execute on function public.client_file(uuid) from public, anon;
grant execute on function public.client_file(uuid) to authenticated;
