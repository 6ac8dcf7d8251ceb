-- Tenants, their connections to providers, and the routes by which an event finds its organization.
create table identity.organizations (
  id uuid primary key default uuidv7(),
  name text not null check (length(name) between 1 and 200),
  country text not null default 'US' check (country ~ '^[A-Z]{2}$'),
  status text not null default 'active' check (status in ('active', 'suspended')),
  time_zone text not null default 'UTC',
  base_currency text not null default 'USD' check (base_currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null default now()
);
call identity.isolate('identity.organizations', 'id');
create policy system on identity.organizations to tributary_system using (true) with check (true);
grant select on identity.organizations to app_read;
grant select, insert on identity.organizations to tributary_system;

create table sync.connections (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  provider text not null,
  account_ref text not null check (length(account_ref) between 1 and 200),
  status text not null default 'active' check (status in ('active', 'needs_reconnect', 'disconnected', 'error')),
  sealed_access_token jsonb,
  connected_at timestamptz not null default now(),
  disconnected_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, provider, account_ref),
  check ((status = 'disconnected') = (disconnected_at is not null)),
  check (status <> 'disconnected' or sealed_access_token is null)
);
comment on column sync.connections.sealed_access_token is 'Envelope-encrypted; bound to organization, connection and field.';
call identity.isolate('sync.connections');
create policy system on sync.connections to tributary_system using (true) with check (true);
-- The sealed token is for those who call the provider.
grant select (org_id, id, provider, account_ref, status, connected_at, disconnected_at, created_at) on sync.connections to app_read;
grant update (status, sealed_access_token, disconnected_at) on sync.connections to app_write;
grant select, insert, update on sync.connections to tributary_system;

-- One account at a provider feeds one organization. Kept apart from sync.connections so that "taken by somebody else" is known
-- to the router alone: a tenant may see and stop its own routes, never add one, so it cannot probe for others'.
create table sync.routes (
  provider text not null,
  account_ref text not null,
  org_id uuid not null,
  connection_id uuid not null,
  active boolean not null default true,
  primary key (provider, account_ref),
  foreign key (org_id, connection_id) references sync.connections (org_id, id)
);
create index routes_connection on sync.routes (org_id, connection_id);
call identity.isolate('sync.routes');
create policy system on sync.routes to tributary_system using (true) with check (true);
grant select, update (active) on sync.routes to app_write;
grant select, insert, update on sync.routes to tributary_system;
