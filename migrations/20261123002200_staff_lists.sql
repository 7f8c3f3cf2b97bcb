-- What staff list over all clients, newest first: without these each page reads and sorts the whole table, which
-- grows with the clients. The clients' own lists have theirs, which begin with the client.
set lock_timeout = '4s';
set statement_timeout = '60s';

create index activity_newest_of_all on public.activity (at desc, id desc);
create index account_closures_newest_of_all on public.account_closures (requested_at desc, id desc);
create index email_outbox_newest on public.email_outbox (created_at desc, id desc);
