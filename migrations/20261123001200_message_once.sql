-- A question may be sent twice, because the line broke before its answer was there. It has an id that the
-- sender chooses, so that it is kept once, and an answer names its question, so that there is one of it.
alter table public.messages
  add column reply_to uuid,
  add constraint messages_client_id_id_key unique (client_id, id),
  -- With the client in it, so that no answer can belong to the question of another.
  add constraint messages_reply_to_fkey foreign key (client_id, reply_to)
    references public.messages (client_id, id) on delete cascade,
  add constraint messages_reply_to_key unique (client_id, reply_to),
  add constraint messages_only_the_assistant_replies check (reply_to is null or author = 'assistant');

grant insert (id) on public.messages to authenticated;

-- Keeps the caller's message under `message_id` (a new one when that is null) and answers with it, and with
-- its answer when there is one. The same id and words again are the same message; other words are refused.
create function public.send_message(content text, message_id uuid default null)
returns setof public.messages
language plpgsql volatile security invoker set search_path = '' rows 2
as $$
declare
  own uuid := coalesce(message_id, gen_random_uuid());
begin
  insert into public.messages (id, client_id, author, content)
  values (own, (select auth.uid()), 'client', send_message.content)
  on conflict (id) do nothing;

  -- Row level security hides another client's message, which holds the id just as well.
  if not exists (
    select from public.messages as sent
    where sent.id = own and sent.client_id = (select auth.uid()) and sent.author = 'client'
      and sent.content = send_message.content
  ) then
    raise sqlstate 'PT409' using message = 'the id is that of another message', hint = 'taken';
  end if;

  return query
    select turn.* from public.messages as turn
    where turn.client_id = (select auth.uid()) and (turn.id = own or turn.reply_to = own)
    order by turn.reply_to nulls first;
end;
$$;
revoke execute on function public.send_message(text, uuid) from public, anon;
grant execute on function public.send_message(text, uuid) to authenticated;
