-- The log of rotated secrets: which one, when, by whom. Never a value. Staff read it and add to it; what
-- is logged is changed by nobody, since it is the firm's audit trail. The names are those of
-- docs/ops/secrets.toml, which the Worker `ops/secrets` checks.
create table public.secret_rotations (
  id uuid not null default gen_random_uuid(),
  name text not null,
  rotated_at timestamptz not null default now(),
  rotated_by text not null default coalesce(auth.jwt() ->> 'email', ''),
  rotated_by_id uuid default auth.uid(),
  note text,
  created_at timestamptz not null default now(),
  constraint secret_rotations_pkey primary key (id),
  constraint secret_rotations_rotated_by_id_fkey foreign key (rotated_by_id)
    references auth.users (id) on delete set null,
  constraint secret_rotations_name_is_a_name check (name ~ '^[A-Z][A-Z0-9_]{2,63}$'),
  constraint secret_rotations_note_is_plain_text check (private.is_plain_text(note)),
  -- A key that was pasted by mistake must not stay here for good.
  constraint secret_rotations_note_holds_no_key check (
    note !~ '(sb_secret_|sb_publishable_|eyJ|re_|sk-|whsec_)[A-Za-z0-9_.-]{6,}')
);

create index secret_rotations_newest on public.secret_rotations (name, rotated_at desc);
create index secret_rotations_by on public.secret_rotations (rotated_by_id);

alter table public.secret_rotations enable row level security;

-- Who and when it was logged are the database's to say.
revoke all on public.secret_rotations from public, anon, authenticated;
grant select on public.secret_rotations to authenticated;
grant insert (id, name, rotated_at, note) on public.secret_rotations to authenticated;
grant select, insert, update, delete on public.secret_rotations to service_role;

create policy "Staff read the log of rotations" on public.secret_rotations
  for select to authenticated using ((select private.is_staff()));
create policy "Staff log rotations" on public.secret_rotations
  for insert to authenticated with check ((select private.is_staff()));
create policy "A second step that was set up is taken first" on public.secret_rotations
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

-- The newest rotation of each secret and the last twenty of all, as the caller sees them: one answer for
-- the whole registry.
create function public.secret_rotation_log() returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object(
    'latest', (
      select coalesce(jsonb_agg(to_jsonb(latest)), '[]')
      from (
        select distinct on (name) id, name, rotated_at, rotated_by, note
        from public.secret_rotations
        order by name, rotated_at desc, created_at desc
      ) as latest),
    'log', (
      select coalesce(jsonb_agg(to_jsonb(newest)), '[]')
      from (
        select id, name, rotated_at, rotated_by, note
        from public.secret_rotations
        order by rotated_at desc, created_at desc
        limit 20
      ) as newest))
$$;
revoke execute on function public.secret_rotation_log() from public, anon;
grant execute on function public.secret_rotation_log() to authenticated, service_role;
