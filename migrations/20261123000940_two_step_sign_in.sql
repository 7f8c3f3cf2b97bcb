-- Two-step sign-in. Auth lets a session begin with the password alone and tells its level in the token
-- (`aal`): what a client has set up protects nothing unless the database asks for it, whichever way a
-- request comes in. So no session that still owes the code reads or writes a row or a file.
create function private.owes_second_step() returns boolean
language sql stable security definer set search_path = ''
as $$
  select coalesce(auth.jwt() ->> 'aal', 'aal1') <> 'aal2'
    and exists (
      select from auth.mfa_factors where user_id = auth.uid() and status = 'verified')
$$;
grant execute on function private.owes_second_step() to authenticated;

-- Says so instead of showing nothing, which would look like an account without data.
create function private.second_step_is_taken() returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  if private.owes_second_step() then
    raise sqlstate 'PT403' using message = 'the second step of signing in is missing';
  end if;
  return true;
end;
$$;
grant execute on function private.second_step_is_taken() to authenticated;

create policy "A second step that was set up is taken first" on public.clients
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));
create policy "A second step that was set up is taken first" on public.client_documents
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));
create policy "A second step that was set up is taken first" on public.messages
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));
create policy "A second step that was set up is taken first" on public.email_outbox
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));
create policy "A second step that was set up is taken first" on public.activity
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));
create policy "A second step that was set up is taken first" on public.account_closures
  as restrictive for all to authenticated using ((select private.second_step_is_taken()));

-- Storage answers an error of a policy's with a failure of its own, so here it is a plain no.
create policy "A second step that was set up is taken first" on storage.objects
  as restrictive for all to authenticated using ((select not private.owes_second_step()));

create function private.record_factor_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'DELETE' then
    perform private.record_activity(old.user_id, 'two-step-removed', 'client');
  else
    perform private.record_activity(new.user_id, 'two-step-added', 'client');
  end if;
  return null;
exception when others then
  raise warning 'activity of a factor: %', sqlerrm;
  return null;
end;
$$;

create trigger record_factor_added after update of status on auth.mfa_factors
  for each row when (old.status <> 'verified' and new.status = 'verified')
  execute function private.record_factor_change();
create trigger record_factor_removed after delete on auth.mfa_factors
  for each row when (old.status = 'verified')
  execute function private.record_factor_change();
