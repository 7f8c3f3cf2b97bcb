-- A client's request to have the account closed. Nothing is closed by it: staff look at what must be
-- finished and kept first, and decide. The client may withdraw it until then.
create table public.account_closures (
  id uuid not null default gen_random_uuid(),
  client_id uuid not null default auth.uid(),
  status text not null default 'open',
  reason text,
  requested_at timestamptz not null default now(),
  settled_at timestamptz,
  settled_by uuid,
  constraint account_closures_pkey primary key (id),
  constraint account_closures_client_id_fkey foreign key (client_id)
    references public.clients (id) on delete cascade,
  constraint account_closures_status_is_known check (
    status in ('open', 'withdrawn', 'accepted', 'declined')),
  constraint account_closures_reason_is_plain_text check (private.is_plain_text(reason)),
  constraint account_closures_settled_has_time check ((status = 'open') = (settled_at is null))
);

-- One request at a time: an accepted one stands until the account is gone.
create unique index account_closures_one_standing on public.account_closures (client_id)
  where status in ('open', 'accepted');
create index account_closures_newest on public.account_closures (client_id, requested_at desc, id desc);

alter table public.account_closures enable row level security;

revoke all on public.account_closures from public, anon, authenticated, service_role;
grant select on public.account_closures to authenticated, service_role;
grant insert (client_id, reason), update (status) on public.account_closures to authenticated;

create policy "Clients read their own requests" on public.account_closures
  for select to authenticated using (client_id = (select auth.uid()));
create policy "Staff read every request" on public.account_closures
  for select to authenticated using ((select private.is_staff()));
create policy "Clients ask for themselves" on public.account_closures
  for insert to authenticated with check (client_id = (select auth.uid()) and status = 'open');
create policy "Clients withdraw an open request of their own" on public.account_closures
  for update to authenticated
  using (client_id = (select auth.uid()) and status = 'open')
  with check (client_id = (select auth.uid()) and status = 'withdrawn');
create policy "Staff decide an open request" on public.account_closures
  for update to authenticated
  using ((select private.is_staff()) and status = 'open')
  with check ((select private.is_staff()) and status in ('accepted', 'declined'));

-- Each request is a mail, so asking and withdrawing in turns has an end: five a day.
create function private.guard_closure() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if (select count(*) >= 5 from public.account_closures
      where client_id = new.client_id and requested_at > now() - interval '1 day') then
    raise sqlstate 'PT429' using message = 'too many requests in a day';
  end if;
  return new;
end;
$$;

create trigger account_closures_guard before insert on public.account_closures
  for each row execute function private.guard_closure();

create function private.settle_closure() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.settled_at := now();
  new.settled_by := auth.uid();
  return new;
end;
$$;

create trigger account_closures_settle before update of status on public.account_closures
  for each row when (old.status = 'open' and new.status <> 'open')
  execute function private.settle_closure();

-- The entry in the activity, and the mail that says we have the request.
create function private.tell_of_closure() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  who text := private.actor_on(new.client_id);
begin
  if tg_op = 'INSERT' then
    perform private.record_activity(new.client_id, 'closure-requested', who);
    insert into public.email_outbox (client_id, template, recipient, context)
    select id, 'closure-requested', email, jsonb_build_object('full_name', full_name)
    from public.clients where id = new.client_id and email is not null;
  elsif new.status = 'withdrawn' then
    perform private.record_activity(new.client_id, 'closure-withdrawn', who);
  else
    perform private.record_activity(
      new.client_id, 'closure-decided', who, jsonb_build_object('status', new.status));
  end if;
  return null;
end;
$$;

create trigger account_closures_tell after insert or update of status on public.account_closures
  for each row execute function private.tell_of_closure();

alter table public.email_outbox drop constraint email_outbox_template_is_known;
alter table public.email_outbox add constraint email_outbox_template_is_known check (
  template in ('welcome', 'closure-requested'));

-- Asks for the caller's account to be closed. Asked again while a request stands, answers with that one.
create function public.ask_for_closure(reason text default null)
returns table (made boolean, closure jsonb)
language plpgsql volatile security invoker set search_path = '' rows 1
as $$
#variable_conflict use_column
declare
  request public.account_closures;
begin
  if not exists (select from public.clients where id = (select auth.uid())) then
    raise sqlstate 'PT404' using message = 'this account has no client record';
  end if;
  -- Looked for first, so that the limit a day does not hide a request that stands.
  select * into request from public.account_closures
  where client_id = (select auth.uid()) and status in ('open', 'accepted');
  if found then
    return query select false, to_jsonb(request);
    return;
  end if;
  insert into public.account_closures (client_id, reason)
  values ((select auth.uid()), ask_for_closure.reason)
  on conflict (client_id) where status in ('open', 'accepted') do nothing
  returning * into request;
  if found then
    return query select true, to_jsonb(request);
  else
    return query select false, to_jsonb(standing) from public.account_closures as standing
      where client_id = (select auth.uid()) and status in ('open', 'accepted');
  end if;
end;
$$;
revoke execute on function public.ask_for_closure(text) from public, anon;
grant execute on function public.ask_for_closure(text) to authenticated;

-- Withdraws the caller's open request. Withdrawing again is the same as once; what staff have decided
-- is not the client's to take back.
create function public.withdraw_closure() returns setof public.account_closures
language plpgsql volatile security invoker set search_path = '' rows 1
as $$
declare
  request public.account_closures;
begin
  update public.account_closures set status = 'withdrawn'
  where client_id = (select auth.uid()) and status = 'open'
  returning * into request;
  if not found then
    select * into request from public.account_closures
    where client_id = (select auth.uid()) order by requested_at desc, id desc limit 1;
    if not found then
      raise sqlstate 'PT404' using message = 'there is no request', hint = 'none';
    elsif request.status <> 'withdrawn' then
      raise sqlstate 'PT409' using message = 'the request was decided', hint = 'decided';
    end if;
  end if;
  return next request;
end;
$$;
revoke execute on function public.withdraw_closure() from public, anon;
grant execute on function public.withdraw_closure() to authenticated;
