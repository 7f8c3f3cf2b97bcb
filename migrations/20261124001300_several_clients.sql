-- What our team does to several clients at once.
set lock_timeout = '4s';
set statement_timeout = '60s';

create function private.change_each(client_ids uuid[], change jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  one uuid;
  outcomes jsonb := '[]';
  outcome text;
  detail text;
  client public.clients;
begin
  perform private.require_change_as_staff();
  if cardinality(client_ids) > 100 then
    raise sqlstate 'PT422' using message = 'a hundred clients at most', hint = 'client_ids';
  end if;
  -- In the order of their ids, so that two who change the same clients at once do not wait for each other in a circle.
  for one in select distinct wanted from unnest(client_ids) as wanted order by wanted
  loop
    outcome := 'done';
    detail := null;
    begin
      select * into client from public.clients as found where found.id = one for no key update;
      if not found then
        raise sqlstate 'PT404' using message = 'there is no such client';
      end if;
      case change ->> 'action'
        when 'assign' then
          if (private.owner_of(one) ->> 'id')::uuid is not distinct from (change ->> 'owner_id')::uuid then
            outcome := 'unchanged';
          else
            perform private.put_owner(one, (change ->> 'owner_id')::uuid);
          end if;
        when 'move' then
          if client.onboarding_status = change ->> 'status' then
            outcome := 'unchanged';
          else
            perform private.move_onboarding(one, change ->> 'status', change ->> 'reason');
          end if;
        when 'ask' then
          if change ->> 'entity_type' is not null and client.entity_type is distinct from change ->> 'entity_type' then
            raise sqlstate 'PT409' using message = 'the template is for another legal form', hint = 'entity-type';
          elsif exists (
            select from public.client_requests as request
            where request.client_id = one and request.template = change ->> 'template'
              and request.status in ('open', 'returned', 'answered'))
          then
            outcome := 'unchanged';
          else
            perform private.ask_client(one, (change ->> 'batch_id')::uuid, change -> 'items', change ->> 'template');
          end if;
        else
          raise sqlstate 'PT422' using message = 'there is no such action', hint = 'action';
      end case;
    exception when sqlstate 'PT404' or sqlstate 'PT409' or sqlstate 'PT422' then
      get stacked diagnostics detail = pg_exception_hint;
      outcome := case sqlstate when 'PT404' then 'missing' else 'refused' end;
    end;
    outcomes := outcomes || jsonb_build_object(
      'id', one, 'outcome', outcome, 'why', nullif(detail, ''),
      'name', (select coalesce(named.business_name, named.full_name, named.email) from public.clients as named where named.id = one));
  end loop;
  return jsonb_build_object('outcomes', outcomes);
end;
$$;
grant execute on function private.change_each(uuid[], jsonb) to authenticated;

-- Staff do one thing to several clients: {action: assign, owner_id}, {action: move, status, reason}, or {action: ask, batch_id,
-- template, entity_type, items}. Each client has an outcome of their own: done, unchanged, missing, or refused and why.
create function public.change_clients(client_ids uuid[], change jsonb) returns jsonb
language sql volatile security invoker set search_path = ''
as $$ select private.change_each(client_ids, change) $$;
revoke execute on function public.change_clients(uuid[], jsonb) from public, anon;
grant execute on function public.change_clients(uuid[], jsonb) to authenticated;
