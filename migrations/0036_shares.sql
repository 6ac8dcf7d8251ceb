-- Workers that one organization may have at the same time: what would be more waits here, and not in the queue, where it would hold up
-- everybody behind it.
create table sync.waiting_runs (
  org_id uuid not null,
  connection_id uuid not null,
  trigger text not null check (trigger in ('schedule', 'connect', 'sequence_gap', 'reconciliation', 'operator')),
  slot timestamptz,
  priority smallint not null default 0 check (priority in (0, 1)),
  since timestamptz not null,
  released_at timestamptz,
  primary key (org_id, connection_id),
  foreign key (org_id, connection_id) references sync.connections (org_id, id)
);
comment on table sync.waiting_runs is 'Runs that were asked for while as many of the organization were under way as it has a share of the workers.';
comment on column sync.waiting_runs.slot is 'The time at which the schedule had it due, as in sync.runs.';
comment on column sync.waiting_runs.priority is 'Of the connection when it was asked for.';
comment on column sync.waiting_runs.released_at is 'Since when word of it is in the queue again: it has a place until it begins. Null: it has none.';
create index waiting_runs_next on sync.waiting_runs (org_id, priority desc, since, connection_id) where released_at is null;
create index waiting_runs_released on sync.waiting_runs (org_id) where released_at is not null;
call identity.isolate('sync.waiting_runs');
create policy system on sync.waiting_runs to tributary_system using (true) with check (true);
grant select, insert, update (priority), delete on sync.waiting_runs to app_write;
grant select, update (released_at) on sync.waiting_runs to tributary_system;

-- Whoever pauses a connection means it until it is resumed: that its access is refused meanwhile, or given anew, changes nothing about it.
-- And some are never pulled from: what they have is brought to us.
alter table sync.connections
  add paused_at timestamptz,
  add pulled boolean not null default true;
comment on column sync.connections.paused_at is 'Since when nothing is to be pulled from it, whatever its status is; null: it is.';
comment on column sync.connections.pulled is 'False: what it has is brought by hand, and there is nobody to ask for it.';
grant select (paused_at, pulled) on sync.connections to app_read;
grant update (paused_at) on sync.connections to tributary_api;
alter table sync.connections no force row level security;
update sync.connections set pulled = false, status = case status when 'paused' then 'active' else status end, next_run_at = null where provider = 'csv';
update sync.connections set paused_at = now() where status = 'paused';
alter table sync.connections force row level security;
