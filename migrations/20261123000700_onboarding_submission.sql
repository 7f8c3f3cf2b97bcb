-- What must be there before a client may submit, by entity type (null: not told yet). A requirement is
-- a column of `clients` or `documents.<category>`. The rows are those of
-- crates/common/src/onboarding.rs; a test compares the two.
create table private.onboarding_requirements (
  entity_type text,
  position integer not null,
  requirement text not null,
  constraint onboarding_requirements_key unique nulls not distinct (entity_type, requirement)
);

alter table private.onboarding_requirements enable row level security;
revoke all on private.onboarding_requirements from public, anon, authenticated, service_role;

insert into private.onboarding_requirements (entity_type, position, requirement)
select kind.entity_type, requirement.position, requirement.name
from (values
  (null,                  array['business_name', 'entity_type', 'ein'], array[]::text[]),
  ('sole-proprietorship', array['entity_type'], array['tax-return', 'bank-statement']),
  ('llc',                 array['business_name', 'entity_type', 'ein'],
    array['articles-of-incorporation', 'ein-letter', 'bank-statement']),
  ('partnership',         array['business_name', 'entity_type', 'ein'],
    array['ein-letter', 'tax-return', 'bank-statement']),
  ('s-corp',              array['business_name', 'entity_type', 'ein'],
    array['articles-of-incorporation', 'ein-letter', 'tax-return', 'bank-statement']),
  ('c-corp',              array['business_name', 'entity_type', 'ein'],
    array['articles-of-incorporation', 'ein-letter', 'tax-return', 'bank-statement']),
  ('nonprofit',           array['business_name', 'entity_type', 'ein'],
    array['articles-of-incorporation', 'ein-letter', 'tax-return', 'bank-statement'])
) as kind (entity_type, business, documents)
cross join lateral unnest(
  array['full_name', 'phone'] || kind.business || array['services_needed', 'urgency']
  || array(select 'documents.' || category from unnest(kind.documents) as category)
) with ordinality as requirement (name, position);

create function private.missing_requirements(client public.clients) returns text[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(required.requirement order by required.position), '{}')
  from private.onboarding_requirements as required
  where required.entity_type is not distinct from client.entity_type
    and case
      when starts_with(required.requirement, 'documents.') then not exists (
        select 1 from public.client_documents as document
        where document.client_id = client.id
          and document.document_category = substr(required.requirement, 11))
      else coalesce(to_jsonb(client) -> required.requirement, 'null') in ('null', '[]')
    end
$$;

-- Moves the caller's own onboarding to review. Submitting twice is the same as once.
create function private.submit_onboarding() returns void
language plpgsql security definer set search_path = ''
as $$
declare
  client public.clients;
  missing text[];
begin
  select * into client from public.clients where id = auth.uid() for update;
  if client.onboarding_status not in ('pending', 'in_progress') then
    return;
  end if;
  missing := private.missing_requirements(client);
  if missing <> '{}' then
    raise sqlstate 'PT409' using
      message = 'the onboarding is not complete',
      detail = array_to_json(missing)::text,
      hint = 'incomplete';
  end if;
  update public.clients set onboarding_status = 'in-review', submitted_at = now()
  where id = client.id;
end;
$$;
grant execute on function private.submit_onboarding() to authenticated;

-- Saves the answers in `changes` (a key that is absent is left as it is, null clears) and, with
-- `complete`, submits the onboarding: all of it or nothing. Answers with the caller's row.
create function public.submit_profile(changes jsonb, complete boolean default false)
returns setof public.clients
language plpgsql volatile security invoker set search_path = '' rows 1
as $$
declare
  client public.clients;
  wanted public.clients;
  unknown text;
begin
  select key into unknown from jsonb_object_keys(changes) as key
  where key not in (
    'full_name', 'business_name', 'phone', 'entity_type', 'ein', 'urgency', 'services_needed')
  limit 1;
  if unknown is not null then
    raise sqlstate 'PT422' using message = 'unknown field', detail = unknown;
  end if;

  select * into client from public.clients where id = (select auth.uid()) for update;
  if not found then
    raise sqlstate 'PT404' using message = 'this account has no client record';
  end if;

  wanted := jsonb_populate_record(client, changes);
  if wanted is distinct from client then
    update public.clients set
      full_name = wanted.full_name,
      business_name = wanted.business_name,
      phone = wanted.phone,
      entity_type = wanted.entity_type,
      ein = wanted.ein,
      urgency = wanted.urgency,
      services_needed = coalesce(wanted.services_needed, '{}')
    where id = client.id;
  end if;

  if complete then
    perform private.submit_onboarding();
  end if;
  return query select * from public.clients where id = client.id;
end;
$$;
revoke execute on function public.submit_profile(jsonb, boolean) from public, anon;
grant execute on function public.submit_profile(jsonb, boolean) to authenticated;
