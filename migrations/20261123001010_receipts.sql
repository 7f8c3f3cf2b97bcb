-- A receipt for what was submitted: a reference number on the client's row, and a mail that is owed
-- from the same moment.

-- Given at the first submission and kept when staff open the onboarding again: it names the file.
alter table public.clients
  add column receipt_number text,
  add constraint clients_receipt_number_key unique (receipt_number),
  add constraint clients_receipt_number_is_in_form check (
    receipt_number ~ '^OM-[0-9A-HJKMNP-TV-Z]{8}$');

-- Eight characters of Crockford's base 32, which has no I, L, O and U: it can be read out on the telephone.
create function private.new_receipt_number() returns text
language plpgsql volatile set search_path = ''
as $$
declare
  random bytea;
  candidate text;
begin
  loop
    -- Bytes 6 and 8 of a random UUID hold its version and variant; others are taken.
    random := uuid_send(gen_random_uuid());
    select 'OM-' || string_agg(
        substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (get_byte(random, place) & 31) + 1, 1), '')
      into candidate
    from unnest(array[0, 1, 2, 3, 4, 5, 10, 11]) as place;
    exit when not exists (select from public.clients where receipt_number = candidate);
  end loop;
  return candidate;
end;
$$;

update public.clients set receipt_number = private.new_receipt_number() where submitted_at is not null;

alter table public.email_outbox
  drop constraint email_outbox_template_is_known,
  add constraint email_outbox_template_is_known check (
    template in ('welcome', 'receipt', 'closure-requested', 'contact-request'));

-- What the mail tells of a submission. Of the EIN it holds the last four digits, and no more may be
-- added: mail lies around.
create function private.receipt_context(client public.clients) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'receipt_number', client.receipt_number,
    'submitted_at', client.submitted_at,
    'full_name', client.full_name,
    'business_name', client.business_name,
    'entity_type', client.entity_type,
    'ein_last_four', right(client.ein, 4),
    'services_needed', client.services_needed,
    'urgency', client.urgency,
    'documents', (
      select coalesce(jsonb_agg(
        jsonb_build_object('name', document.document_name, 'category', document.document_category)
        order by document.uploaded_at, document.id), '[]')
      from public.client_documents as document
      where document.client_id = client.id))
$$;

-- As before, and it gives the receipt.
create or replace function private.submit_onboarding() returns void
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
  update public.clients set
    onboarding_status = 'in-review',
    submitted_at = now(),
    receipt_number = coalesce(receipt_number, private.new_receipt_number())
  where id = client.id
  returning * into client;
  if client.email is not null then
    insert into public.email_outbox (client_id, template, recipient, context)
    values (client.id, 'receipt', client.email, private.receipt_context(client));
  end if;
end;
$$;
