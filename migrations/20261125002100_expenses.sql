-- What was spent and what was meant to be spent. The log of expenses is added to and never changed: a mistake is undone by an
-- entry of the opposite amount that names the first.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- The log of expenses: functions add to it, and no entry is ever changed.
create table private.expenses (
  -- The sender's, so that sending again logs once.
  id uuid not null,
  spent_on date not null,
  -- US cents; below zero for what came back and for what a correction takes out.
  cents bigint not null,
  category text not null,
  vendor text not null,
  description text,
  service_id uuid,
  -- The entry that this one undoes, whole.
  corrects uuid,
  -- The file that it was imported from, by its SHA-256, and the line there.
  import_sha256 bytea,
  import_line bigint,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid,
  constraint expenses_pkey primary key (id),
  constraint expenses_service_id_fkey foreign key (service_id) references private.services (id),
  constraint expenses_corrects_fkey foreign key (corrects) references private.expenses (id),
  constraint expenses_corrected_once unique (corrects),
  constraint expenses_spent_on_is_sensible check (spent_on between '2000-01-01' and '2199-12-31'),
  constraint expenses_cents_are_in_bounds check (cents between -10000000000 and 10000000000 and cents <> 0),
  constraint expenses_category_is_known check (category in (
    'software', 'hosting', 'payroll', 'rent', 'insurance', 'professional-fees', 'marketing', 'office', 'travel', 'taxes',
    'other')),
  constraint expenses_vendor_is_plain_text check (private.is_plain_text(vendor)),
  constraint expenses_description_is_plain_text check (private.is_plain_text(description)),
  constraint expenses_import_has_line check ((import_sha256 is null) = (import_line is null)),
  constraint expenses_imported_once unique (import_sha256, import_line)
);
comment on table private.expenses is
  'The log of expenses in cents: added to by functions, never changed; a correction is an entry of the opposite amount.';
create index expenses_newest on private.expenses (spent_on desc, id desc);
create index expenses_of_a_category on private.expenses (category, spent_on desc, id desc);
create index expenses_of_a_service on private.expenses (service_id);
alter table private.expenses enable row level security;
revoke all on private.expenses from public, anon, authenticated, service_role;
create trigger expenses_stay before update or delete or truncate on private.expenses
  for each statement execute function private.keep_entries();
create trigger expenses_are_on_record after insert on private.expenses
  for each row execute function private.record_finance_change('expense', 'id', 'vendor');

-- What a category may cost in a month.
create table private.budgets (
  -- The first day of the month.
  month date not null,
  category text not null,
  cents bigint not null,
  constraint budgets_pkey primary key (month, category),
  constraint budgets_month_is_one check (month = date_trunc('month', month) and month between '2000-01-01' and '2199-12-31'),
  constraint budgets_category_is_known check (category in (
    'software', 'hosting', 'payroll', 'rent', 'insurance', 'professional-fees', 'marketing', 'office', 'travel', 'taxes',
    'other')),
  constraint budgets_cents_are_in_bounds check (cents between 0 and 10000000000)
);
comment on table private.budgets is 'What a category of expenses may cost in a month, in cents; changed by functions alone.';
alter table private.budgets enable row level security;
revoke all on private.budgets from public, anon, authenticated, service_role;
create trigger budgets_are_on_record after insert or update or delete on private.budgets
  for each row execute function private.record_finance_change('budget', 'month', 'category');

-- An entry as staff see it, with the address of who made it, the service it is for and the entry that undoes it.
create function private.listed_expense(expense private.expenses) returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(expense) - array['made_by', 'import_sha256', 'import_line'] || jsonb_build_object(
    'made_by', (select account.email from auth.users as account where account.id = expense.made_by),
    'service_name', (select service.name from private.services as service where service.id = expense.service_id),
    'corrected_by', (select other.id from private.expenses as other where other.corrects = expense.id),
    'imported', expense.import_line is not null)
$$;

create function private.find_expenses(
  first_day date, last_day date, category text, older_than timestamptz, older_than_id uuid, page_size integer)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  return (
    select coalesce(jsonb_agg(private.listed_expense(page) order by page.spent_on desc, page.id desc), '[]')
    from (
      select expense.* from private.expenses as expense
      where expense.spent_on between find_expenses.first_day and find_expenses.last_day
        and (find_expenses.category is null or expense.category = find_expenses.category)
        and (find_expenses.older_than is null
          or (expense.spent_on, expense.id)
            < ((find_expenses.older_than at time zone 'UTC')::date, find_expenses.older_than_id))
      order by expense.spent_on desc, expense.id desc
      limit least(greatest(find_expenses.page_size, 1), 10001)) as page);
end;
$$;
grant execute on function private.find_expenses(date, date, text, timestamptz, uuid, integer) to authenticated;

-- The entries of some days for staff, the latest day first; the time of the cursor is the start of its day in UTC.
create function public.list_expenses(
  first_day date, last_day date, category text default null, older_than timestamptz default null,
  older_than_id uuid default null, page_size integer default 20)
returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.find_expenses(first_day, last_day, category, older_than, older_than_id, page_size) $$;
revoke execute on function public.list_expenses(date, date, text, timestamptz, uuid, integer) from public, anon;
grant execute on function public.list_expenses(date, date, text, timestamptz, uuid, integer) to authenticated;

create function private.add_expense(entry jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  expense private.expenses := jsonb_populate_record(null::private.expenses,
    add_expense.entry - array['made_at', 'made_by', 'import_sha256', 'import_line']);
  earlier private.expenses;
  undone private.expenses;
begin
  perform private.require_change_as_staff();
  -- One at a time, so that the same one sent twice at once is logged once.
  perform pg_advisory_xact_lock(hashtextextended('expense ' || expense.id::text, 0));
  if expense.corrects is not null then
    select * into undone from private.expenses as found where found.id = expense.corrects for update;
    if not found then
      raise sqlstate 'PT404' using message = 'there is no such entry';
    end if;
    if undone.corrects is not null then
      raise sqlstate 'PT409' using message = 'a correction is not corrected', hint = 'correction';
    end if;
    -- On the day of what it undoes, so that each month's sum comes right.
    expense.spent_on := undone.spent_on;
    expense.cents := -undone.cents;
    expense.category := undone.category;
    expense.vendor := undone.vendor;
    expense.service_id := undone.service_id;
  end if;
  select * into earlier from private.expenses as found where found.id = expense.id;
  if found then
    -- Said again it is the same as once.
    if (earlier.spent_on, earlier.cents, earlier.category, earlier.vendor, earlier.description, earlier.service_id, earlier.corrects)
      is distinct from
      (expense.spent_on, expense.cents, expense.category, expense.vendor, expense.description, expense.service_id, expense.corrects)
    then
      raise sqlstate 'PT409' using message = 'this id is that of another entry', hint = 'taken';
    end if;
    return private.listed_expense(earlier);
  end if;
  -- Whoever logs it may be a day ahead of UTC.
  if expense.spent_on > (now() at time zone 'UTC')::date + 1 then
    raise sqlstate 'PT422' using message = 'this day is still to come', hint = 'spent_on';
  end if;
  if expense.service_id is not null and not exists (
    select from private.services as service where service.id = expense.service_id)
  then
    raise sqlstate 'PT422' using message = 'there is no such service', hint = 'service_id';
  end if;
  expense.made_at := clock_timestamp();
  expense.made_by := auth.uid();
  insert into private.expenses select expense.*;
  return private.listed_expense(expense);
exception when unique_violation then
  raise sqlstate 'PT409' using message = 'it was corrected before', hint = 'corrected';
end;
$$;
grant execute on function private.add_expense(jsonb) to authenticated;

-- Adds an entry, or the correction of one.
create function public.log_expense(entry jsonb) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.add_expense(entry) $$;
revoke execute on function public.log_expense(jsonb) from public, anon;
grant execute on function public.log_expense(jsonb) to authenticated;

create function private.give_finance_year(year integer) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  today date := private.firm_time(now())::date;
  first_day date := make_date(give_finance_year.year, 1, 1);
  this_month date := date_trunc('month', today);
begin
  if not private.is_staff() then
    raise sqlstate '42501' using message = 'this is for staff';
  end if;
  return jsonb_build_object(
    'today', today,
    'spent', (
      select coalesce(jsonb_agg(sums), '[]') from (
        select extract(month from expense.spent_on)::integer as month, expense.category, sum(expense.cents)::bigint as cents
        from private.expenses as expense
        where expense.spent_on between first_day and first_day + interval '1 year - 1 day'
        group by 1, 2 order by 1, 2) as sums),
    'budget', (
      select coalesce(jsonb_agg(lines), '[]') from (
        select extract(month from budget.month)::integer as month, budget.category, budget.cents
        from private.budgets as budget
        where budget.month between first_day and first_day + interval '1 year - 1 day'
        order by 1, 2) as lines),
    'services_monthly_cents', (
      select coalesce(sum(service.monthly_cost_cents), 0) from private.services as service where service.status = 'active'),
    'other_recent_cents', (
      select coalesce(sum(expense.cents), 0) from private.expenses as expense
      where expense.service_id is null
        and expense.spent_on >= this_month - interval '3 months' and expense.spent_on < this_month));
end;
$$;
grant execute on function private.give_finance_year(integer) to authenticated;

-- What a year's view is computed from (crates/common/src/finance.rs): sums by month and category, the budget, what the active
-- services cost a month, and what was spent beside them in the last three whole months.
create function public.finance_year(year integer) returns jsonb
language sql stable security invoker set search_path = ''
as $$ select private.give_finance_year(year) $$;
revoke execute on function public.finance_year(integer) from public, anon;
grant execute on function public.finance_year(integer) to authenticated;

create function private.keep_budget(months date[], category text, cents bigint) returns void
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  perform private.require_change_as_staff();
  if keep_budget.cents is null then
    delete from private.budgets as budget
    where budget.month = any (keep_budget.months) and budget.category = keep_budget.category;
  else
    insert into private.budgets (month, category, cents)
    select named, keep_budget.category, keep_budget.cents from unnest(keep_budget.months) as named
    on conflict on constraint budgets_pkey do update set cents = excluded.cents;
  end if;
end;
$$;
grant execute on function private.keep_budget(date[], text, bigint) to authenticated;

-- Sets what a category may cost in each of some months of a year, or takes it back; answers as finance_year.
create function public.set_budget(year integer, months integer[], category text, cents bigint default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform private.keep_budget(
    (select array_agg(make_date(set_budget.year, named, 1)) from unnest(set_budget.months) as named),
    set_budget.category, set_budget.cents);
  return public.finance_year(set_budget.year);
end;
$$;
revoke execute on function public.set_budget(integer, integer[], text, bigint) from public, anon;
grant execute on function public.set_budget(integer, integer[], text, bigint) to authenticated;

create function private.take_expenses(entries jsonb, sha256 text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  digest bytea := decode(take_expenses.sha256, 'hex');
  made integer;
  unknown_line text;
begin
  perform private.require_change_as_staff();
  if octet_length(digest) <> 32 or jsonb_array_length(take_expenses.entries) > 500 then
    raise sqlstate 'PT422' using message = 'an import has a digest and at most 500 entries', hint = 'csv';
  end if;
  -- One import at a time, so that the same file sent twice at once is taken once.
  perform pg_advisory_xact_lock(hashtextextended('expenses ' || take_expenses.sha256, 0));
  if exists (select from private.expenses as expense where expense.import_sha256 = digest) then
    return jsonb_build_object('imported', 0, 'already', true);
  end if;
  if exists (
    select from jsonb_array_elements(take_expenses.entries) as entry
    where (entry.value ->> 'spent_on')::date > (now() at time zone 'UTC')::date + 1)
  then
    raise sqlstate 'PT422' using message = 'a day is still to come', hint = 'spent_on';
  end if;
  select min((entry.value ->> 'line')::bigint)::text into unknown_line
  from jsonb_array_elements(take_expenses.entries) as entry
  where entry.value ->> 'service' is not null and not exists (
    select from private.services as service where lower(service.name) = lower(entry.value ->> 'service'));
  if unknown_line is not null then
    raise sqlstate 'PT422' using message = 'there is no such service', detail = unknown_line, hint = 'service';
  end if;
  insert into private.expenses (id, spent_on, cents, category, vendor, description, service_id, import_sha256, import_line, made_by)
  select gen_random_uuid(), (entry.value ->> 'spent_on')::date, (entry.value ->> 'cents')::bigint, entry.value ->> 'category',
    entry.value ->> 'vendor', entry.value ->> 'description',
    (select service.id from private.services as service
      where lower(service.name) = lower(entry.value ->> 'service')
      order by service.status = 'cancelled', service.made_at limit 1),
    digest, (entry.value ->> 'line')::bigint, auth.uid()
  from jsonb_array_elements(take_expenses.entries) as entry;
  get diagnostics made = row_count;
  return jsonb_build_object('imported', made, 'already', false);
end;
$$;
grant execute on function private.take_expenses(jsonb, text) to authenticated;

-- Adds all entries of a file or none; the same file again, told by its SHA-256, adds nothing.
create function public.import_expenses(entries jsonb, sha256 text) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.take_expenses(entries, sha256) $$;
revoke execute on function public.import_expenses(jsonb, text) from public, anon;
grant execute on function public.import_expenses(jsonb, text) to authenticated;
