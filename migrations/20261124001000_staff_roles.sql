-- Roles inside the firm. Staff are told apart by `app_metadata.staff_role`, which only the secret key sets, as it sets who is
-- staff at all: owner, staff or read-only. Read-only staff see what staff see and change nothing, whichever way they try.
set lock_timeout = '4s';
set statement_timeout = '60s';

-- Whether the caller is staff who may change things. Whoever was made staff before there were roles may; a role that is
-- not known here may not. The roles are those of crates/common/src/tokens.rs; a test compares the two.
create function private.may_change_as_staff() returns boolean
language sql stable set search_path = ''
as $$
  select private.is_staff()
    and coalesce(auth.jwt() -> 'app_metadata' ->> 'staff_role', 'staff') in ('owner', 'staff')
$$;
grant execute on function private.may_change_as_staff() to authenticated;

-- What every function begins with that changes something as staff.
create function private.require_change_as_staff() returns void
language plpgsql stable set search_path = ''
as $$
begin
  if not private.may_change_as_staff() then
    raise sqlstate '42501' using message = 'this is for staff who may change it';
  end if;
end;
$$;

alter policy "Staff decide an open request" on public.account_closures
  using ((select private.may_change_as_staff()) and status = 'open')
  with check ((select private.may_change_as_staff()) and status in ('accepted', 'declined'));
alter policy "Staff say when a contact request was handled" on public.contact_requests
  using ((select private.may_change_as_staff())) with check ((select private.may_change_as_staff()));
alter policy "Staff log rotations" on public.secret_rotations
  with check ((select private.may_change_as_staff()));

-- As before, and by staff who may change it.
create or replace function private.give_verdict(document_id uuid, verdict text, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  document public.client_documents;
begin
  perform private.require_change_as_staff();
  select * into document from public.client_documents as found
  where found.id = give_verdict.document_id for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such document';
  end if;
  -- Said again it is the same as once: the client gets no second mail.
  if (document.verdict, document.verdict_reason)
    is not distinct from (give_verdict.verdict, give_verdict.reason) then
    return private.filed_document(document);
  end if;
  update public.client_documents as found set
    verdict = give_verdict.verdict,
    verdict_reason = give_verdict.reason,
    verdict_by = auth.uid(),
    verdict_at = now(),
    reviewed_at = coalesce(found.reviewed_at, now())
  where found.id = document.id
  returning * into document;
  if document.verdict = 'returned' then
    insert into public.email_outbox (client_id, template, recipient, context)
    select client.id, 'document-returned', client.email, jsonb_build_object(
      'full_name', client.full_name,
      'document_name', document.document_name,
      'document_category', document.document_category,
      'reason', document.verdict_reason)
    from public.clients as client
    where client.id = document.client_id and client.email is not null;
  end if;
  return private.filed_document(document);
end;
$$;

-- As before, and by staff who may change it.
create or replace function private.move_onboarding(client_id uuid, status text, reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  client public.clients;
  allowed private.onboarding_moves;
begin
  perform private.require_change_as_staff();
  select * into client from public.clients as found
  where found.id = move_onboarding.client_id for update;
  if not found then
    raise sqlstate 'PT404' using message = 'there is no such client';
  end if;
  if client.onboarding_status is distinct from move_onboarding.status then
    select * into allowed from private.onboarding_moves as move
    where move.from_status = client.onboarding_status
      and move.to_status = move_onboarding.status and move.actor = 'staff';
    if not found then
      raise sqlstate 'PT409' using
        message = 'there is no such move',
        detail = client.onboarding_status,
        hint = 'move';
    end if;
    if allowed.needs_reason and move_onboarding.reason is null then
      raise sqlstate 'PT422' using message = 'this move needs a reason', hint = 'reason';
    end if;
    update public.clients as found
    set onboarding_status = move_onboarding.status, status_reason = move_onboarding.reason
    where found.id = client.id
    returning * into client;
  end if;
  return jsonb_build_object(
    'id', client.id,
    'onboarding_status', client.onboarding_status,
    'status_reason', client.status_reason,
    'status_changed_at', client.status_changed_at);
end;
$$;
