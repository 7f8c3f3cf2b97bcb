-- What the firm runs on and what it costs. A cost above nothing is the owner role's to approve: until then a service is
-- not active, and an active one goes on at the cost that was approved.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- Whether the caller is staff with the role owner (crates/common/src/tokens.rs; a test compares the two).
create function private.is_owner() returns boolean
language sql stable set search_path = ''
as $$
  select private.may_change_as_staff() and coalesce(auth.jwt() -> 'app_metadata' ->> 'staff_role' = 'owner', false)
$$;

-- What every function begins with that is the owner's alone.
create function private.require_owner() returns void
language plpgsql stable set search_path = ''
as $$
begin
  if not private.is_owner() then
    raise sqlstate '42501' using message = 'this is for the owner role';
  end if;
end;
$$;

-- Which way a service may go, by whom: `Move` in crates/common/src/services.rs, with which a test compares it.
create table private.service_moves (
  position bigint not null,
  from_status text not null,
  to_status text not null,
  by_role text not null,
  constraint service_moves_pkey primary key (from_status, to_status, by_role)
);
comment on table private.service_moves is 'Which way a service may go: from which status to which, and by which role.';
alter table private.service_moves enable row level security;
revoke all on private.service_moves from public, anon, authenticated, service_role;

insert into private.service_moves (position, from_status, to_status, by_role) values
  (1, 'planned', 'proposed', 'staff'),
  (2, 'planned', 'active', 'staff'),
  (3, 'planned', 'cancelled', 'staff'),
  (4, 'proposed', 'active', 'owner'),
  (5, 'proposed', 'declined', 'owner'),
  (6, 'proposed', 'cancelled', 'staff'),
  (7, 'active', 'cancelled', 'staff'),
  (8, 'declined', 'proposed', 'staff'),
  (9, 'declined', 'active', 'staff'),
  (10, 'cancelled', 'proposed', 'staff'),
  (11, 'cancelled', 'active', 'staff');

-- One row a service that the firm pays for, uses for nothing or plans. Staff see and change it by functions alone, so no
-- API role has a grant here.
create table private.services (
  id uuid not null default gen_random_uuid(),
  name text not null,
  provider text not null,
  tier text not null,
  purpose text,
  -- Who of the firm looks after it, by name.
  owner_name text,
  status text not null,
  -- US cents; null while it is not known.
  monthly_cost_cents bigint,
  -- What is paid by use, in words: `2.9% + $0.30 a payment`.
  usage_price text,
  -- Up to here a cost was approved.
  approved_cents bigint not null default 0,
  approved_by uuid,
  approved_at timestamptz,
  -- Of an active service: the price that waits for the owner.
  asked_cost_cents bigint,
  asked_usage_price text,
  asked_at timestamptz,
  asked_by uuid,
  -- What the owner said last, and of which version: said again it is the same as once.
  decision text,
  decided_version timestamptz,
  -- Why the owner declined it last.
  declined_reason text,
  renews_on date,
  -- The days on which it last became active and was cancelled.
  active_from date,
  ended_on date,
  made_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint services_pkey primary key (id),
  constraint services_name_is_plain_text check (private.is_plain_text(name)),
  constraint services_provider_is_plain_text check (private.is_plain_text(provider)),
  constraint services_tier_is_plain_text check (private.is_plain_text(tier)),
  constraint services_purpose_is_plain_text check (private.is_plain_text(purpose)),
  constraint services_owner_name_is_plain_text check (private.is_plain_text(owner_name)),
  constraint services_usage_price_is_plain_text check (
    private.is_plain_text(usage_price) and private.is_plain_text(asked_usage_price)),
  constraint services_declined_reason_is_plain_text check (private.is_plain_text(declined_reason)),
  constraint services_decision_is_known check (decision in ('approved', 'declined')),
  constraint services_status_is_known check (status in ('planned', 'proposed', 'active', 'declined', 'cancelled')),
  constraint services_cost_is_in_bounds check (
    monthly_cost_cents between 0 and 10000000000 and asked_cost_cents between 0 and 10000000000 and approved_cents >= 0),
  -- The rule that everything here is for.
  constraint services_active_is_approved check (
    status <> 'active' or (monthly_cost_cents is not null and monthly_cost_cents <= approved_cents
      and (usage_price is null or approved_at is not null) and active_from is not null)),
  constraint services_only_an_active_one_asks check (
    (asked_at is null or status = 'active') and (asked_at is null) = (asked_cost_cents is null)
    and (asked_usage_price is null or asked_at is not null)),
  constraint services_renews_on_is_sensible check (renews_on between '2000-01-01' and '2199-12-31')
);
comment on table private.services is
  'What the firm runs on: provider, tier, monthly cost in cents, and whether the owner approved it; changed by functions alone.';
create index services_newest on private.services (made_at desc, id desc);
create unique index services_name_once on private.services (lower(name), lower(provider)) where status <> 'cancelled';
alter table private.services enable row level security;
revoke all on private.services from public, anon, authenticated, service_role;

-- The audit trail: who changed what of the finances, with what it was before and after. Triggers append to it; no API role
-- reaches it, and what stands there is changed by nobody.
create table private.finance_changes (
  id uuid not null default gen_random_uuid(),
  at timestamptz not null default clock_timestamp(),
  -- Null for a migration.
  actor_id uuid,
  subject text not null,
  subject_id text not null,
  title text not null,
  before jsonb,
  after jsonb,
  constraint finance_changes_pkey primary key (id),
  constraint finance_changes_subject_is_known check (subject in ('service', 'expense', 'budget'))
);
comment on table private.finance_changes is 'Who changed what of the services, the expenses and the budget, with before and after; appended by triggers.';
create index finance_changes_newest on private.finance_changes (at desc, id desc);
alter table private.finance_changes enable row level security;
revoke all on private.finance_changes from public, anon, authenticated, service_role;

-- Entries of a ledger stay as they are, whoever tries.
create function private.keep_entries() returns trigger
language plpgsql set search_path = ''
as $$
begin
  raise sqlstate '42501' using message = tg_table_name || ' is added to, never changed';
end;
$$;
create trigger finance_changes_stay before update or delete or truncate on private.finance_changes
  for each statement execute function private.keep_entries();

-- The arguments name the subject, its id and its title among the columns of the row.
create function private.record_finance_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  is_now jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  either jsonb := coalesce(is_now, was);
begin
  if was - 'updated_at' is distinct from is_now - 'updated_at' then
    insert into private.finance_changes (actor_id, subject, subject_id, title, before, after)
    values (auth.uid(), tg_argv[0], either ->> tg_argv[1], either ->> tg_argv[2], was, is_now);
  end if;
  return null;
end;
$$;
create trigger services_are_on_record after insert or update or delete on private.services
  for each row execute function private.record_finance_change('service', 'id', 'name');

-- The ten that the system began with. The domain was paid for before there was anybody to approve it here.
insert into private.services (name, provider, tier, purpose, status, monthly_cost_cents, usage_price, approved_cents, active_from, made_at)
select name, provider, tier, purpose, status, cents, usage_price, coalesce(cents, 0),
  case when status = 'active' then date '2026-11-23' end, timestamptz '2026-11-23 12:00:00+00' - position * interval '1 second'
from (values
  (1, 'Frontend hosting', 'Cloudflare Pages', 'Free', 'Serves the site.', 'active', 0, null),
  (2, 'DNS and CDN', 'Cloudflare', 'Free', 'Leads to the site, quickly from everywhere.', 'active', 0, null),
  (3, 'Domain omegaos.co', 'Cloudflare Registrar', 'At cost', 'The name of the site.', 'active', 75, null),
  (4, 'API', 'Cloudflare Workers', 'Free (100,000 requests a day)', 'Runs every endpoint.', 'active', 0, null),
  (5, 'Database', 'Supabase', 'Free', 'Keeps all data.', 'active', 0, null),
  (6, 'Sign-in', 'Supabase Auth', 'Free (50,000 users a month)', 'Accounts and sessions.', 'active', 0, null),
  (7, 'File storage', 'Supabase Storage', 'Free (1 GB)', 'Keeps documents.', 'active', 0, null),
  (8, 'Transactional email', 'Resend', 'Free (3,000 a month)', 'Sends our mails.', 'active', 0, null),
  (9, 'Payment processing', 'Stripe', 'Pay as you go', 'Will take payments.', 'planned', 0, '2.9% + $0.30 a payment'),
  (10, 'Payroll integration', 'Gusto Embedded', 'API partner', 'Will run payroll.', 'planned', null, null)
) as first (position, name, provider, tier, purpose, status, cents, usage_price);

-- A service as staff see it, with the addresses of who approved and who asked.
create function private.listed_service(service private.services) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(service) - 'asked_by' || jsonb_build_object(
    'approved_by', (select account.email from auth.users as account where account.id = service.approved_by),
    'asked_by', (select account.email from auth.users as account where account.id = service.asked_by))
$$;

create function private.find_services(status text, older_than timestamptz, older_than_id uuid, page_size integer) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  return jsonb_build_object(
    'services', (
      select coalesce(jsonb_agg(private.listed_service(page) order by page.made_at desc, page.id desc), '[]')
      from (
        select service.* from private.services as service
        where (find_services.status is null or service.status = find_services.status)
          and (find_services.older_than is null
            or (service.made_at, service.id) < (find_services.older_than, find_services.older_than_id))
        order by service.made_at desc, service.id desc
        limit least(greatest(find_services.page_size, 1), 101)) as page),
    'active_cents', (
      select coalesce(sum(service.monthly_cost_cents), 0) from private.services as service where service.status = 'active'),
    'waiting', (
      select count(*) from private.services as service where service.status = 'proposed' or service.asked_at is not null),
    'may_approve', private.is_owner());
end;
$$;
grant execute on function private.find_services(text, timestamptz, uuid, integer) to authenticated;

-- The services for staff, newest first, with what the active ones cost a month and how many wait for the owner.
create function public.list_services(
  status text default null, older_than timestamptz default null, older_than_id uuid default null, page_size integer default 20)
returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.find_services(status, older_than, older_than_id, page_size) $$;
revoke execute on function public.list_services(text, timestamptz, uuid, integer) from public, anon;
grant execute on function public.list_services(text, timestamptz, uuid, integer) to authenticated;

create function private.keep_service(service_id uuid, change jsonb, seen timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  service private.services;
  was private.services;
  is_new boolean;
  wanted text := keep_service.change ->> 'status';
  cost bigint;
  price text;
begin
  perform private.require_change_as_staff();
  -- One at a time, so that the same new one sent twice at once is added once.
  perform pg_advisory_xact_lock(hashtextextended('service ' || keep_service.service_id::text, 0));
  select * into was from private.services as found where found.id = keep_service.service_id for update;
  is_new := not found;
  if is_new then
    if not (keep_service.change ?& array['name', 'provider', 'tier']) then
      raise sqlstate 'PT404' using message = 'there is no such service';
    end if;
    was.id := keep_service.service_id;
    was.status := 'planned';
    was.approved_cents := 0;
    was.made_at := clock_timestamp();
    wanted := coalesce(wanted, 'active');
  end if;
  -- Whatever else is sent past the Worker counts for nothing.
  service := jsonb_populate_record(was, (
    select coalesce(jsonb_object_agg(sent.key, sent.value), '{}') from jsonb_each(keep_service.change) as sent
    where sent.key in ('name', 'provider', 'tier', 'purpose', 'owner_name', 'renews_on')));
  cost := case when keep_service.change ? 'monthly_cost_cents'
    then (keep_service.change ->> 'monthly_cost_cents')::bigint else was.monthly_cost_cents end;
  price := case when keep_service.change ? 'usage_price' then keep_service.change ->> 'usage_price' else was.usage_price end;
  -- What is asked for again and goes on as it was is no news.
  if wanted = was.status then
    wanted := null;
  end if;
  if wanted = 'active' or was.status = 'active' and wanted is null then
    if cost is null then
      raise sqlstate 'PT422' using message = 'an active service has a cost', hint = 'monthly_cost';
    end if;
  end if;
  if was.status = 'active' and wanted is null then
    if cost > was.approved_cents or (price is not null and price is distinct from was.usage_price) then
      -- It goes on as it was approved until the owner says yes.
      service.asked_cost_cents := cost;
      service.asked_usage_price := price;
      if (was.asked_cost_cents, was.asked_usage_price) is distinct from (cost, price) then
        service.asked_at := now();
        service.asked_by := auth.uid();
      end if;
    else
      service.monthly_cost_cents := cost;
      service.usage_price := price;
      -- Cheaper now: what is dearer again later is a new question.
      service.approved_cents := cost;
      service.asked_cost_cents := null;
      service.asked_usage_price := null;
      service.asked_at := null;
      service.asked_by := null;
    end if;
  else
    service.monthly_cost_cents := cost;
    service.usage_price := price;
  end if;
  if wanted is not null then
    if wanted = 'active' and (cost > 0 or price is not null) then
      wanted := 'proposed';
    end if;
    if was.status <> wanted and not exists (
      select from private.service_moves as move
      where move.from_status = was.status and move.to_status = wanted and move.by_role = 'staff')
    then
      raise sqlstate 'PT409' using message = 'there is no such move', hint = 'move';
    end if;
    service.status := wanted;
    service.asked_cost_cents := null;
    service.asked_usage_price := null;
    service.asked_at := null;
    service.asked_by := null;
    if wanted = 'proposed' then
      service.declined_reason := null;
      service.asked_by := auth.uid();
    elsif wanted = 'active' then
      service.declined_reason := null;
      service.approved_cents := 0;
      service.active_from := private.firm_time(now())::date;
      service.ended_on := null;
    elsif wanted = 'cancelled' then
      service.ended_on := case when was.status = 'active' then private.firm_time(now())::date end;
    end if;
  end if;
  if is_new then
    service.updated_at := clock_timestamp();
    insert into private.services select service.*;
  elsif service is distinct from was then
    -- What is there already is no conflict, so a change may be sent again.
    if keep_service.seen <> was.updated_at then
      raise sqlstate 'PT409' using message = 'it was changed meanwhile', hint = 'changed';
    end if;
    service.updated_at := clock_timestamp();
    update private.services as kept set
      name = service.name, provider = service.provider, tier = service.tier, purpose = service.purpose,
      owner_name = service.owner_name, status = service.status, monthly_cost_cents = service.monthly_cost_cents,
      usage_price = service.usage_price, approved_cents = service.approved_cents,
      asked_cost_cents = service.asked_cost_cents, asked_usage_price = service.asked_usage_price,
      asked_at = service.asked_at, asked_by = service.asked_by, declined_reason = service.declined_reason,
      renews_on = service.renews_on, active_from = service.active_from, ended_on = service.ended_on,
      updated_at = service.updated_at
    where kept.id = service.id;
  end if;
  return private.listed_service(service);
exception when unique_violation then
  raise sqlstate 'PT409' using message = 'there is such a service', hint = 'name';
end;
$$;
grant execute on function private.keep_service(uuid, jsonb, timestamptz) to authenticated;

-- Adds a service or changes one; what costs more than was approved waits for the owner. `seen` is the version it was made from.
create function public.save_service(service_id uuid, change jsonb, seen timestamptz default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.keep_service(service_id, change, seen) $$;
revoke execute on function public.save_service(uuid, jsonb, timestamptz) from public, anon;
grant execute on function public.save_service(uuid, jsonb, timestamptz) to authenticated;

create function private.decide_service(service_id uuid, verdict text, reason text, seen timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  service private.services;
begin
  perform private.require_owner();
  select * into service from private.services as found where found.id = decide_service.service_id for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such service';
  end if;
  if (service.decided_version, service.decision) = (decide_service.seen, decide_service.verdict)
    and (service.decision = 'approved' or service.declined_reason is not distinct from decide_service.reason) then
    return private.listed_service(service);
  end if;
  -- Approved is what the owner saw, and no dearer price that came meanwhile.
  if service.updated_at is distinct from decide_service.seen then
    raise sqlstate 'PT409' using message = 'it was changed meanwhile', hint = 'changed';
  end if;
  if service.status <> 'proposed' and service.asked_at is null then
    raise sqlstate 'PT409' using message = 'nothing waits for the owner', hint = 'nothing';
  end if;
  if service.monthly_cost_cents is null and service.asked_cost_cents is null and decide_service.verdict = 'approved' then
    raise sqlstate 'PT409' using message = 'its cost is not known', hint = 'cost';
  end if;
  if decide_service.verdict = 'approved' then
    if service.status = 'proposed' then
      service.status := 'active';
      service.active_from := private.firm_time(now())::date;
      service.ended_on := null;
    else
      service.monthly_cost_cents := service.asked_cost_cents;
      service.usage_price := service.asked_usage_price;
    end if;
    service.approved_cents := service.monthly_cost_cents;
    service.approved_by := auth.uid();
    service.approved_at := now();
    service.declined_reason := null;
  elsif decide_service.verdict = 'declined' and decide_service.reason is not null then
    service.status := case service.status when 'proposed' then 'declined' else service.status end;
    service.declined_reason := decide_service.reason;
  else
    raise sqlstate 'PT422' using message = 'to decline needs a reason', hint = 'reason';
  end if;
  update private.services as kept set
    status = service.status, monthly_cost_cents = service.monthly_cost_cents, usage_price = service.usage_price,
    approved_cents = service.approved_cents, approved_by = service.approved_by, approved_at = service.approved_at,
    asked_cost_cents = null, asked_usage_price = null, asked_at = null, asked_by = null,
    decision = decide_service.verdict, decided_version = decide_service.seen,
    declined_reason = service.declined_reason, active_from = service.active_from, ended_on = service.ended_on,
    updated_at = clock_timestamp()
  where kept.id = service.id
  returning * into service;
  return private.listed_service(service);
end;
$$;
grant execute on function private.decide_service(uuid, text, text, timestamptz) to authenticated;

-- The owner approves or declines what waits at a service, as it was seen.
create function public.settle_service(service_id uuid, verdict text, reason text default null, seen timestamptz default null)
returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.decide_service(service_id, verdict, reason, seen) $$;
revoke execute on function public.settle_service(uuid, text, text, timestamptz) from public, anon;
grant execute on function public.settle_service(uuid, text, text, timestamptz) to authenticated;

create function private.find_finance_changes(older_than timestamptz, older_than_id uuid, page_size integer) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  return (
    select coalesce(jsonb_agg(to_jsonb(page) - 'actor_id' || jsonb_build_object(
        'by', (select account.email from auth.users as account where account.id = page.actor_id))
      order by page.at desc, page.id desc), '[]')
    from (
      select change.* from private.finance_changes as change
      where find_finance_changes.older_than is null
        or (change.at, change.id) < (find_finance_changes.older_than, find_finance_changes.older_than_id)
      order by change.at desc, change.id desc
      limit least(greatest(find_finance_changes.page_size, 1), 101)) as page);
end;
$$;
grant execute on function private.find_finance_changes(timestamptz, uuid, integer) to authenticated;

-- The audit trail for staff, newest first.
create function public.list_finance_changes(
  older_than timestamptz default null, older_than_id uuid default null, page_size integer default 20)
returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.find_finance_changes(older_than, older_than_id, page_size) $$;
revoke execute on function public.list_finance_changes(timestamptz, uuid, integer) from public, anon;
grant execute on function public.list_finance_changes(timestamptz, uuid, integer) to authenticated;
