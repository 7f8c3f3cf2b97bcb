-- Staff read the access log of all clients, newest first; without this the whole of it would be sorted for each page.
set lock_timeout = '4s';
set statement_timeout = '60s';

create index access_log_newest_of_all on public.access_log (at desc, id desc);
