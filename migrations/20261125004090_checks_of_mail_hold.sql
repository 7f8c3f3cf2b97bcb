-- The checks that were added without a look at what was there before: now it is looked at, while others read and write.
set lock_timeout = '4s';
set statement_timeout = '60s';

alter table public.email_outbox validate constraint email_outbox_outcome_fkey;
alter table public.email_outbox validate constraint email_outbox_status_is_known;
alter table public.activity validate constraint activity_kind_is_known;
