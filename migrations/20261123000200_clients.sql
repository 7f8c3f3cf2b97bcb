-- A client of the firm: one row for each account, made with it. The client reads and edits their own
-- row; how far the onboarding has come is moved by the database, never written by the client.
create table public.clients (
  id uuid not null,
  full_name text,
  business_name text,
  email text,
  phone text,
  entity_type text,
  ein text,
  urgency text,
  services_needed text[] not null default '{}',
  onboarding_status text not null default 'pending',
  submitted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint clients_pkey primary key (id),
  constraint clients_id_fkey foreign key (id) references auth.users (id) on delete cascade,
  constraint clients_full_name_is_plain_text check (private.is_plain_text(full_name)),
  constraint clients_business_name_is_plain_text check (private.is_plain_text(business_name)),
  constraint clients_phone_is_e164 check (private.is_e164(phone)),
  constraint clients_entity_type_is_known check (
    entity_type in ('llc', 's-corp', 'c-corp', 'sole-proprietorship', 'partnership', 'nonprofit')),
  constraint clients_ein_is_valid check (private.is_ein(ein)),
  constraint clients_urgency_is_known check (
    urgency in ('immediate', 'this-month', 'this-quarter', 'exploring')),
  constraint clients_services_needed_are_known check (
    services_needed <@ array['bookkeeping', 'tax-preparation', 'payroll', 'bill-pay', 'compliance',
      'business-formation', 'advisory', 'mergers-acquisitions']
    and array_position(services_needed, null) is null
    and cardinality(services_needed) <= 8),
  constraint clients_onboarding_status_is_known check (
    onboarding_status in ('pending', 'in_progress', 'in-review', 'active', 'archived'))
);

alter table public.clients enable row level security;

revoke all on public.clients from public, anon, authenticated;
grant select on public.clients to authenticated;
grant update (full_name, business_name, phone, entity_type, ein, urgency, services_needed)
  on public.clients to authenticated;
grant select, insert, update, delete on public.clients to service_role;

create policy "Clients read their own row" on public.clients
  for select to authenticated using ((select auth.uid()) = id);
create policy "Clients update their own row" on public.clients
  for update to authenticated using ((select auth.uid()) = id) with check ((select auth.uid()) = id);

create trigger clients_touch_updated_at before update on public.clients
  for each row execute function private.touch_updated_at();

-- The first answer starts the onboarding. Once it is submitted the fields that contracts and tax
-- filings are drawn up from are the firm's to change.
create function private.guard_client_update() returns trigger
language plpgsql set search_path = ''
as $$
declare
  locked text[];
begin
  if current_user <> 'authenticated' then
    return new;
  end if;
  if old.onboarding_status in ('in-review', 'active', 'archived') then
    select array_agg(field.key order by field.key) into locked
    from jsonb_each(to_jsonb(new)) as field
    where field.key in ('full_name', 'business_name', 'entity_type', 'ein')
      and field.value is distinct from to_jsonb(old) -> field.key;
    if locked is not null then
      raise sqlstate 'PT409' using
        message = 'these fields are locked once the onboarding is submitted',
        detail = array_to_json(locked)::text,
        hint = 'locked';
    end if;
  elsif old.onboarding_status = 'pending' and new is distinct from old then
    new.onboarding_status := 'in_progress';
  end if;
  return new;
end;
$$;

create trigger clients_guard_update before update on public.clients
  for each row execute function private.guard_client_update();
