-- What goes on between the firm and a client: who of our team looks after them, what our team notes and writes, and the mails
-- that tell the client.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- Who looks after a client. No API role reaches it, so that no client learns it by asking.
create table private.client_owners (
  client_id uuid not null,
  owner_id uuid not null,
  assigned_by uuid not null,
  assigned_at timestamptz not null default now(),
  constraint client_owners_pkey primary key (client_id),
  constraint client_owners_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint client_owners_owner_id_fkey foreign key (owner_id)
    references auth.users (id) on delete cascade
);
create index client_owners_of_an_owner on private.client_owners (owner_id, client_id);

alter table private.client_owners enable row level security;
revoke all on private.client_owners from public, anon, authenticated, service_role;
comment on table private.client_owners is 'Which member of staff looks after a client.';

-- What our team notes on a client for itself. No API role reaches it: staff read and add notes by functions, nobody changes or
-- removes one, and no way leads a client to them.
create table private.client_notes (
  id uuid not null,
  client_id uuid not null,
  author_id uuid not null,
  content text not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint client_notes_pkey primary key (id),
  constraint client_notes_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint client_notes_content_is_in_bounds check (private.is_paragraphs(content, 4000))
);
create index client_notes_newest on private.client_notes (client_id, created_at desc, id desc);

alter table private.client_notes enable row level security;
revoke all on private.client_notes from public, anon, authenticated, service_role;
comment on table private.client_notes is 'What our team notes on a client for itself; added to, never changed.';

-- Who of our team wrote, by name, for the client to read.
alter table public.messages
  add column author_name text,
  add constraint messages_author_name_is_plain_text check (private.is_plain_text(author_name)) not valid,
  add constraint messages_only_staff_have_a_name check (author_name is null or author = 'staff') not valid;

alter table public.activity
  drop constraint activity_kind_is_known,
  add constraint activity_kind_is_known check (kind in (
    'account-created', 'signed-in', 'password-changed', 'email-changed', 'two-step-added',
    'two-step-removed', 'profile-changed', 'onboarding-submitted', 'status-changed',
    'document-added', 'document-renamed', 'document-recategorized', 'document-removed',
    'document-accepted', 'document-returned',
    'request-made', 'request-answered', 'request-accepted', 'request-returned', 'request-withdrawn',
    'message-written',
    'closure-requested', 'closure-withdrawn', 'closure-decided', 'data-exported',
    'ein-read', 'document-read')) not valid;

alter table public.email_outbox
  drop constraint email_outbox_template_is_known,
  add constraint email_outbox_template_is_known check (
    template in ('welcome', 'receipt', 'closure-requested', 'contact-request', 'document-returned',
      'requests-made', 'request-returned', 'requests-reminder', 'status-changed', 'team-message')) not valid;

-- Members of staff, by their role; whoever has none is staff.
create function private.give_team() returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  return (
    select jsonb_build_object('team', coalesce(jsonb_agg(
      jsonb_build_object(
        'id', account.id,
        'name', coalesce(client.full_name, account.email),
        'email', account.email,
        'role', coalesce(account.raw_app_meta_data ->> 'staff_role', 'staff'))
      order by coalesce(client.full_name, account.email), account.id), '[]'))
    from auth.users as account
    left join public.clients as client on client.id = account.id
    where account.raw_app_meta_data ->> 'role' = 'staff');
end;
$$;
grant execute on function private.give_team() to authenticated;

-- Who is staff, for staff: id, name, address and role.
create function public.list_team() returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.give_team() $$;
revoke execute on function public.list_team() from public, anon;
grant execute on function public.list_team() to authenticated;

create function private.put_owner(client_id uuid, owner_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_change_as_staff();
  if not exists (select from public.clients as client where client.id = put_owner.client_id) then
    raise sqlstate 'PT404' using message = 'there is no such client', hint = 'client';
  end if;
  if put_owner.owner_id is null then
    delete from private.client_owners as kept where kept.client_id = put_owner.client_id;
    return;
  end if;
  if not exists (
    select from auth.users as account
    where account.id = put_owner.owner_id and account.raw_app_meta_data ->> 'role' = 'staff'
      and coalesce(account.raw_app_meta_data ->> 'staff_role', 'staff') in ('owner', 'staff'))
  then
    raise sqlstate 'PT409' using message = 'only staff who may change things look after a client', hint = 'owner';
  end if;
  insert into private.client_owners as kept (client_id, owner_id, assigned_by)
  values (put_owner.client_id, put_owner.owner_id, auth.uid())
  on conflict on constraint client_owners_pkey do update
  set owner_id = excluded.owner_id, assigned_by = excluded.assigned_by, assigned_at = now()
  where kept.owner_id <> excluded.owner_id;
end;
$$;

-- Who looks after a client, as staff see it: {id, name}.
create function private.owner_of(client_id uuid) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object('id', account.id, 'name', coalesce(own.full_name, account.email))
  from private.client_owners as kept
  join auth.users as account on account.id = kept.owner_id
  left join public.clients as own on own.id = account.id
  where kept.client_id = owner_of.client_id
$$;

create function private.add_note(note_id uuid, client_id uuid, content text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  note private.client_notes;
begin
  perform private.require_change_as_staff();
  if not exists (select from public.clients as client where client.id = add_note.client_id) then
    raise sqlstate 'PT404' using message = 'there is no such client';
  end if;
  insert into private.client_notes (id, client_id, author_id, content)
  values (add_note.note_id, add_note.client_id, auth.uid(), add_note.content)
  on conflict (id) do nothing;
  select * into note from private.client_notes as kept where kept.id = add_note.note_id;
  if (note.client_id, note.author_id, note.content)
    is distinct from (add_note.client_id, auth.uid(), add_note.content) then
    raise sqlstate 'PT409' using message = 'the id is that of another note', hint = 'taken';
  end if;
  return private.filed_note(note);
end;
$$;
grant execute on function private.add_note(uuid, uuid, text) to authenticated;

create function private.filed_note(note private.client_notes) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'id', note.id,
    'content', note.content,
    'by', (select account.email from auth.users as account where account.id = note.author_id),
    'created_at', note.created_at)
$$;

-- Staff note something on a client, for our team alone. The same id and words again are the same note. Answers with it.
create function public.note_on_client(note_id uuid, client_id uuid, content text) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.add_note(note_id, client_id, content) $$;
revoke execute on function public.note_on_client(uuid, uuid, text) from public, anon;
grant execute on function public.note_on_client(uuid, uuid, text) to authenticated;

create function private.write_message(message_id uuid, client_id uuid, content text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  client public.clients;
  message public.messages;
  line jsonb;
begin
  perform private.require_change_as_staff();
  -- One message at a time, so that the mail of several is one.
  select * into client from public.clients as found where found.id = write_message.client_id for no key update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such client';
  end if;
  insert into public.messages (id, client_id, author, author_name, content)
  values (
    write_message.message_id, client.id, 'staff',
    (select own.full_name from public.clients as own where own.id = auth.uid()), write_message.content)
  on conflict (id) do nothing
  returning * into message;
  if found then
    perform private.record_activity(client.id, 'message-written', 'staff', jsonb_build_object('by', auth.uid()));
    -- Several within five minutes are one mail.
    line := jsonb_build_object('author_name', message.author_name, 'text', left(message.content, 200));
    update public.email_outbox as mail
    set context = jsonb_set(mail.context, '{messages}', mail.context -> 'messages' || line)
    where mail.client_id = client.id and mail.template = 'team-message'
      and mail.status = 'queued' and mail.attempts = 0;
    if not found then
      insert into public.email_outbox (client_id, template, recipient, context, next_attempt_at)
      select client.id, 'team-message', client.email,
        jsonb_build_object('full_name', client.full_name, 'messages', jsonb_build_array(line)),
        now() + interval '5 minutes'
      where client.email is not null;
    end if;
  else
    select * into message from public.messages as kept where kept.id = write_message.message_id;
    if (message.client_id, message.author, message.content)
      is distinct from (client.id, 'staff', write_message.content) then
      raise sqlstate 'PT409' using message = 'the id is that of another message', hint = 'taken';
    end if;
  end if;
  return jsonb_build_object(
    'id', message.id,
    'author', message.author,
    'author_name', message.author_name,
    'content', message.content,
    'created_at', message.created_at);
end;
$$;
grant execute on function private.write_message(uuid, uuid, text) to authenticated;

-- Staff write to a client in the conversation, under their name. The client is told by mail, once for what is written within five
-- minutes. The same id and words again are the same message. Answers with it.
create function public.write_to_client(message_id uuid, client_id uuid, content text) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.write_message(message_id, client_id, content) $$;
revoke execute on function public.write_to_client(uuid, uuid, text) from public, anon;
grant execute on function public.write_to_client(uuid, uuid, text) to authenticated;

-- The client is told by mail where our team has moved them, and why.
create function private.tell_of_move() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if new.email is not null and private.actor_on(new.id) = 'staff' then
    insert into public.email_outbox (client_id, template, recipient, context)
    values (new.id, 'status-changed', new.email, jsonb_build_object(
      'full_name', new.full_name,
      'status', new.onboarding_status,
      'reason', new.status_reason));
  end if;
  return null;
end;
$$;

create trigger clients_tell_of_move after update of onboarding_status on public.clients
  for each row when (old.onboarding_status is distinct from new.onboarding_status)
  execute function private.tell_of_move();

-- As before, and with who looks after the client and how many answers wait for our team.
drop function public.list_clients(text, text, timestamptz, uuid, integer);
drop function private.find_clients(text, text, timestamptz, uuid, integer);

-- The statement is put together of fixed parts, so that each kind of question gets a plan of its own.
create function private.find_clients(
  search text, status text, older_than timestamptz, older_than_id uuid, page_size integer, of_owner uuid)
returns table (
  id uuid, full_name text, business_name text, email text, ein text, onboarding_status text, submitted_at timestamptz,
  waiting_since timestamptz, missing text[], unreviewed_documents bigint, owner jsonb, answered_requests bigint)
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
        where document.client_id = (page.client).id and document.reviewed_at is null),
       private.owner_of((page.client).id),
       (select count(*) from public.client_requests as request
        where request.client_id = (page.client).id and request.status = ''answered'')
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
    || case
         when find_clients.of_owner is null then ''
         when find_clients.of_owner = '00000000-0000-0000-0000-000000000000' then
           ' and not exists (select from private.client_owners as kept where kept.client_id = client.id)'
         else ' and client.id in (select kept.client_id from private.client_owners as kept where kept.owner_id = $6)' end
    || ' order by client.waiting_since desc, client.id desc limit $5
     ) as page'
  using find_clients.status, find_clients.older_than, find_clients.older_than_id, patterns,
    least(greatest(find_clients.page_size, 1), 101), find_clients.of_owner;
end;
$$;
grant execute on function private.find_clients(text, text, timestamptz, uuid, integer, uuid) to authenticated;

-- Clients for staff, who waits since the latest first: those in whose name, business, mail address or last four digits of
-- the EIN every word of `search` is, in a status, looked after by somebody
-- (by nobody, where that is the nil UUID), after a row of the page before. Accounts of staff are no clients.
create function public.list_clients(
  search text default null, status text default null, older_than timestamptz default null,
  older_than_id uuid default null, page_size integer default 20, of_owner uuid default null)
returns table (
  id uuid, full_name text, business_name text, email text, ein text, onboarding_status text, submitted_at timestamptz,
  waiting_since timestamptz, missing text[], unreviewed_documents bigint, owner jsonb, answered_requests bigint)
language sql stable security invoker set search_path = '' rows 20
as $$ select * from private.find_clients(search, status, older_than, older_than_id, page_size, of_owner) $$;
revoke execute on function public.list_clients(text, text, timestamptz, uuid, integer, uuid) from public, anon;
grant execute on function public.list_clients(text, text, timestamptz, uuid, integer, uuid) to authenticated;

-- As before, and with the requests, the notes and who looks after the client.
create or replace function private.give_client_file(client_id uuid) returns jsonb
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
    'owner', private.owner_of(client.id),
    'requests', (
      select coalesce(
        jsonb_agg(
          private.filed_request(newest.request)
          order by (newest.request).made_at desc, (newest.request).id desc),
        '[]')
      from (
        select one as request from public.client_requests as one
        where one.client_id = client.id order by one.made_at desc, one.id desc limit 100
      ) as newest),
    'notes', (
      select coalesce(
        jsonb_agg(
          private.filed_note(newest.note) order by (newest.note).created_at desc, (newest.note).id desc),
        '[]')
      from (
        select one as note from private.client_notes as one
        where one.client_id = client.id order by one.created_at desc, one.id desc limit 50
      ) as newest),
    'messages', (
      select coalesce(jsonb_agg(to_jsonb(message) order by message.created_at desc, message.id desc), '[]')
      from (
        select one.id, one.author, one.author_name, one.content, one.created_at from public.messages as one
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

-- As before, and with what the client was asked for.
create or replace function public.account_export() returns jsonb
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
      select jsonb_agg(
        to_jsonb(document) - 'client_id' - 'verdict_by' order by document.uploaded_at, document.id)
      from public.client_documents as document where document.client_id = client.id), '[]'),
    'messages', coalesce((
      select jsonb_agg(to_jsonb(message) - 'client_id' order by message.created_at, message.id)
      from public.messages as message where message.client_id = client.id), '[]'),
    'requests', coalesce((
      select jsonb_agg(to_jsonb(request) order by request.made_at, request.id)
      from (
        select one.id, one.title, one.description, one.wanted, one.document_category, one.due_on, one.status, one.answer,
          one.document_id, one.reason, one.made_at, one.answered_at, one.settled_at
        from public.client_requests as one where one.client_id = client.id) as request), '[]'),
    'activity', coalesce((
      select jsonb_agg((to_jsonb(entry) - 'client_id') #- '{detail,by}' order by entry.at, entry.id)
      from public.activity as entry where entry.client_id = client.id), '[]'),
    'access', coalesce((
      select jsonb_agg(to_jsonb(entry) - 'client_id' - 'actor_id' order by entry.at, entry.id)
      from public.access_log as entry where entry.client_id = client.id), '[]'),
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
