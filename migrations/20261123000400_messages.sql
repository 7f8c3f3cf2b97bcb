-- The conversation of one client with the assistant. A client writes turns of their own only; what
-- the assistant says is written by the service key, so that nobody can put words into its mouth.
create table public.messages (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null default auth.uid(),
  author text not null default 'client',
  content text not null,
  sources jsonb not null default '[]',
  model text,
  created_at timestamptz not null default now(),
  constraint messages_pkey primary key (id),
  constraint messages_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint messages_author_is_known check (author in ('client', 'assistant', 'staff')),
  constraint messages_content_is_in_bounds check (
    char_length(content) between 1 and 8000 and btrim(content) <> ''),
  constraint messages_sources_is_array check (jsonb_typeof(sources) = 'array')
);

create index messages_newest on public.messages (client_id, created_at desc, id desc);

alter table public.messages enable row level security;

revoke all on public.messages from public, anon, authenticated;
grant select on public.messages to authenticated;
grant insert (client_id, author, content) on public.messages to authenticated;
grant select, insert, update, delete on public.messages to service_role;

create policy "Clients read their own conversation" on public.messages
  for select to authenticated using (client_id = (select auth.uid()));
create policy "Clients write turns of their own" on public.messages
  for insert to authenticated with check (client_id = (select auth.uid()) and author = 'client');
