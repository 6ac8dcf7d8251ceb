-- Ten thousand connections that fall due in one minute: who goes first, one run at a time, runs that are left behind, and a pause.

-- Runs that read days name the ones they could not have.
alter table sync.runs
  add failed_windows text[] not null default '{}',
  add request_id text check (length(request_id) between 1 and 100),
  add slot timestamptz;
comment on column sync.runs.failed_windows is 'Days that could not be had, or not whole: first/last, as ISO 8601 writes an interval.';
comment on column sync.runs.request_id is 'Of the message that began it, by which the logs of that run are found. Null before there were any.';
comment on column sync.runs.slot is 'The time at which the schedule had it due; null for a run that somebody or something else asked for.';
grant update (failed_windows) on sync.runs to app_write;

-- Whoever begins them: two workers never pull from one connection at the same time, and a time that the schedule has set is served once.
-- A run that was left behind has not served it.
create unique index runs_running on sync.runs (org_id, connection_id) where status = 'running';
create unique index runs_slot on sync.runs (org_id, connection_id, slot) where slot is not null and reason is distinct from 'left_behind';

-- Left behind by a worker that is gone, of any organization.
create policy system on sync.runs to tributary_system using (true) with check (true);
grant select (org_id, id, connection_id, status), update (status, reason, finished_at) on sync.runs to tributary_system;

alter table sync.connections
  add priority smallint not null default 0 check (priority in (0, 1)),
  drop constraint connections_status_check,
  add constraint connections_status_check check (status in ('active', 'paused', 'needs_reconnect', 'disconnected', 'error')),
  add constraint connections_paused_check check (status <> 'paused' or next_run_at is null);
-- What was never read is waited for.
alter table sync.connections alter priority set default 1;
comment on column sync.connections.priority is '1: somebody waits for what it brings; until a run of it has come to its end.';
grant select (priority) on sync.connections to app_read;
grant update (priority) on sync.connections to app_write, tributary_api;
grant update (failures) on sync.connections to tributary_api;
