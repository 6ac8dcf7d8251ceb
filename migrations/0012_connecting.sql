-- Connecting to providers and pulling from them: what authorises us, how far each walk came, and the bytes it brought.

-- Tokens of one authorisation. At Xero it covers several organisations, so connections share it.
create table sync.credentials (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  provider text not null,
  region text,
  -- pending: authorised, and none of its accounts chosen yet. revoking: to be ended at the provider, then erased.
  status text not null default 'active' check (status in ('pending', 'active', 'needs_reconnect', 'revoking', 'erased')),
  reason text,
  scopes_asked text[] not null default '{}',
  scopes_granted text[],
  sealed_access_token jsonb,
  sealed_refresh_token jsonb,
  former_refresh_token jsonb,
  access_expires_at timestamptz,
  refresh_expires_at timestamptz,
  refreshed_at timestamptz not null default now(),
  version bigint not null default 1,
  lease uuid,
  leased_until timestamptz,
  alerted_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  check ((lease is null) = (leased_until is null)),
  check (status <> 'erased' or (sealed_access_token is null and sealed_refresh_token is null and former_refresh_token is null))
) with (fillfactor = 70);
comment on column sync.credentials.version is 'Counts the pairs stored: whoever writes says which it replaces, so a late writer overwrites nothing.';
comment on column sync.credentials.former_refresh_token is 'The one before, where a provider takes it again after a lost answer.';
comment on column sync.credentials.sealed_access_token is 'Envelope-encrypted, as the refresh tokens are; bound to organization, credential and field.';
create index credentials_due on sync.credentials (refreshed_at) where status in ('active', 'revoking', 'pending');
call identity.isolate('sync.credentials');
create policy system on sync.credentials to tributary_system using (true) with check (true);
grant select (org_id, id, provider, region, status, reason, scopes_asked, scopes_granted, access_expires_at, refresh_expires_at, refreshed_at,
  version, created_at) on sync.credentials to app_read;
grant select, update on sync.credentials to app_write;
grant update (status, reason) on sync.credentials to tributary_api;
grant select, insert, update on sync.credentials to tributary_system;

alter table sync.connections
  add credential_id uuid,
  add provider_ref text check (length(provider_ref) between 1 and 200),
  add name text check (length(name) between 1 and 200),
  add next_run_at timestamptz,
  add run_lease uuid,
  add run_leased_until timestamptz,
  add failures int not null default 0 check (failures >= 0),
  add last_success_at timestamptz,
  add check ((run_lease is null) = (run_leased_until is null)),
  add check (status <> 'disconnected' or next_run_at is null),
  add foreign key (org_id, credential_id) references sync.credentials (org_id, id);
comment on column sync.connections.provider_ref is 'The provider''s id of this very connection, where it has one and wants it to end it.';
comment on column sync.connections.next_run_at is 'When it is pulled from next; null: never.';
create index connections_due on sync.connections (next_run_at) where next_run_at is not null;
create index connections_credential on sync.connections (org_id, credential_id);

grant select (credential_id, provider_ref, name, next_run_at, failures, last_success_at) on sync.connections to app_read;
grant update (credential_id, next_run_at, run_lease, run_leased_until, failures, last_success_at) on sync.connections to app_write;
grant select (run_lease, run_leased_until) on sync.connections to app_write;
grant update (status, disconnected_at, next_run_at) on sync.connections to tributary_api;
grant select, update (active) on sync.routes to tributary_api;

-- One attempt to authorise: who began it, and until when the provider may send them back.
create table sync.authorizations (
  org_id uuid not null references identity.organizations (id),
  state_hash bytea not null check (length(state_hash) = 32),
  provider text not null,
  region text,
  subject text not null,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (org_id, state_hash)
);
comment on column sync.authorizations.state_hash is 'SHA-256 of the state: 256 random bits that only the browser has.';
comment on column sync.authorizations.subject is 'Who began it, as their token says: nobody else may finish it.';
call identity.isolate('sync.authorizations');
create policy system on sync.authorizations to tributary_system using (true) with check (true);
grant select on sync.authorizations to app_read;
grant insert, update (used_at) on sync.authorizations to tributary_api;
grant select, delete on sync.authorizations to tributary_system;

-- One list at a provider that is walked by time of change: where the next walk begins, and how far one under way has come.
create table sync.streams (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  resource text not null check (length(resource) between 1 and 60),
  location_ref text not null default '' check (length(location_ref) <= 200),
  status text not null default 'active' check (status in ('active', 'ended')),
  watermark timestamptz,
  position jsonb,
  highest timestamptz,
  walk_began_at timestamptz,
  walked_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, connection_id, resource, location_ref),
  foreign key (org_id, connection_id) references sync.connections (org_id, id)
) with (fillfactor = 70);
comment on column sync.streams.watermark is 'By the provider''s clock: all that changed before is stored. Moves when a walk has ended.';
comment on column sync.streams.position is 'Of a walk under way: where its next page begins.';
comment on column sync.streams.highest is 'The latest change a walk under way has seen.';
comment on column sync.streams.walk_began_at is 'Of a walk under way. The watermark never passes it: what was not listed yet when we came by is looked for again.';
comment on column sync.streams.walked_at is 'When a walk last came to its end.';
call identity.isolate('sync.streams');
grant select on sync.streams to app_read;
grant insert, update (status, watermark, position, highest, walk_began_at, walked_at) on sync.streams to app_write;

create table sync.runs (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  trigger text not null check (trigger in ('schedule', 'connect', 'sequence_gap', 'reconciliation', 'operator')),
  status text not null default 'running' check (status in ('running', 'success', 'partial', 'failed')),
  reason text,
  pages int not null default 0,
  objects int not null default 0,
  changed int not null default 0,
  bytes bigint not null default 0,
  started_at timestamptz not null,
  finished_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, connection_id) references sync.connections (org_id, id),
  check ((status = 'running') = (finished_at is null))
) with (fillfactor = 70);
create index runs_connection on sync.runs (org_id, connection_id, id);
call identity.isolate('sync.runs');
grant select on sync.runs to app_read;
grant insert, update (status, reason, pages, objects, changed, bytes, finished_at) on sync.runs to app_write;

-- What a provider answered, byte for byte: with the deliveries, all that is needed to compute everything else again.
create table sync.pulls (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  stream_id uuid,
  event_id uuid,
  resource text not null,
  request text not null check (length(request) <= 4000),
  position jsonb,
  fetched_at timestamptz not null,
  body bytea not null,
  primary key (org_id, id),
  foreign key (org_id, connection_id) references sync.connections (org_id, id),
  foreign key (org_id, stream_id) references sync.streams (org_id, id),
  foreign key (org_id, event_id) references inbox.events (org_id, id),
  check (stream_id is not null or event_id is not null)
);
comment on column sync.pulls.body is 'pii: as it came.';
comment on column sync.pulls.request is 'Method, path and query; a pull has no secret in either.';
create index pulls_connection on sync.pulls (org_id, connection_id, id);
create index pulls_stream on sync.pulls (org_id, stream_id) where stream_id is not null;
create index pulls_event on sync.pulls (org_id, event_id) where event_id is not null;
call identity.isolate('sync.pulls');
call audit.make_append_only('sync.pulls');
grant select, insert on sync.pulls to app_write;

-- The newest version of each object that a provider told us of and no domain keeps in tables of its own.
create table sync.objects (
  org_id uuid not null,
  connection_id uuid not null,
  resource text not null check (length(resource) between 1 and 60),
  external_id text not null check (length(external_id) between 1 and 200),
  version timestamptz not null,
  removed boolean not null,
  body jsonb not null,
  content_hash bytea not null check (length(content_hash) = 32),
  seen_at timestamptz not null,
  primary key (org_id, connection_id, resource, external_id),
  foreign key (org_id, connection_id) references sync.connections (org_id, id)
);
comment on column sync.objects.body is 'pii';
comment on column sync.objects.removed is 'The provider says so: never because it was missing from a list.';
call identity.isolate('sync.objects');
grant select on sync.objects to app_read;
grant insert, update (version, removed, body, content_hash, seen_at) on sync.objects to app_write;
