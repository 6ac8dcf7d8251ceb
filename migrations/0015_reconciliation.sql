-- Whether a provider and we have the same of a day, what differs and why; and what was computed again from the raw bytes.

-- One row per day of a connection that was checked: the newest check holds.
create table sync.reconciliations (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  day date not null,
  status text not null check (status in ('agrees', 'drifts')),
  totals jsonb not null,
  points_due bigint,
  points_posted bigint,
  drifts int not null check (drifts >= 0),
  checked_at timestamptz not null,
  primary key (org_id, id),
  unique (org_id, connection_id, day),
  foreign key (org_id, connection_id) references sync.connections (org_id, id),
  check ((status = 'agrees') = (drifts = 0))
) with (fillfactor = 80);
comment on column sync.reconciliations.day is 'In the organization''s time zone.';
comment on column sync.reconciliations.totals is 'By currency (or kind of object): what the provider lists and what we hold.';
comment on column sync.reconciliations.points_due is 'What the sales of the day should have moved; null where nothing earns.';
comment on column sync.reconciliations.points_posted is 'What the ledger says they have.';
call identity.isolate('sync.reconciliations');
grant select on sync.reconciliations to app_read;
grant insert, update (status, totals, points_due, points_posted, drifts, checked_at) on sync.reconciliations to app_write;

create table sync.drifts (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  reconciliation_id uuid not null,
  connection_id uuid not null,
  resource text not null check (length(resource) between 1 and 60),
  external_id text not null check (length(external_id) between 1 and 255),
  parent_id text check (length(parent_id) between 1 and 255),
  cause text not null check (cause in ('missing_here', 'unapplied', 'stale', 'missing_there', 'amount_differs', 'points_differ')),
  event_id uuid,
  listed_version timestamptz,
  held_version timestamptz,
  listed_minor bigint,
  held_minor bigint,
  points_due bigint,
  points_posted bigint,
  status text not null default 'open' check (status in ('open', 'requeued', 'settled')),
  found_at timestamptz not null,
  requeued_at timestamptz,
  settled_at timestamptz,
  primary key (org_id, id),
  unique (org_id, connection_id, resource, external_id),
  foreign key (org_id, reconciliation_id) references sync.reconciliations (org_id, id),
  foreign key (org_id, connection_id) references sync.connections (org_id, id),
  check ((cause = 'unapplied') = (event_id is not null)),
  check ((status = 'settled') = (settled_at is not null))
) with (fillfactor = 80);
comment on column sync.drifts.parent_id is 'Of a refund: its payment.';
comment on column sync.drifts.event_id is 'What told of it and was not applied. Not a foreign key: it may be a parked one.';
comment on column sync.drifts.settled_at is 'When a later check did not find it any more.';
create index drifts_reconciliation on sync.drifts (org_id, reconciliation_id);
call identity.isolate('sync.drifts');
grant select on sync.drifts to app_read;
grant insert, update (reconciliation_id, parent_id, cause, event_id, listed_version, held_version, listed_minor, held_minor, points_due,
  points_posted, status, found_at, requeued_at, settled_at) on sync.drifts to app_write;

-- What was asked about a drift is raw as well. What one transaction stored has one time, by which it is replayed together.
alter table sync.pulls
  add drift_id uuid,
  add stored_at timestamptz not null default now(),
  add foreign key (org_id, drift_id) references sync.drifts (org_id, id),
  drop constraint pulls_check,
  add check (num_nonnulls(stream_id, event_id, drift_id) > 0);
create index pulls_drift on sync.pulls (org_id, drift_id) where drift_id is not null;

-- An organization computed again beside itself.
create table sync.rebuilds (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  twin_org_id uuid not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  live_hash bytea check (length(live_hash) = 32),
  twin_hash bytea check (length(twin_hash) = 32),
  primary key (org_id, id),
  check ((finished_at is null) = (live_hash is null) and (finished_at is null) = (twin_hash is null))
);
comment on column sync.rebuilds.twin_org_id is
  'A suspended organization without routes and credentials. Not a foreign key, by which one organization could look for others.';
call identity.isolate('sync.rebuilds');
grant select on sync.rebuilds to app_read;
grant insert, update (finished_at, live_hash, twin_hash) on sync.rebuilds to app_write;
