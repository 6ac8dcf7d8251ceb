-- What providers sent: the bytes as they came, the events they hold, and the events nobody owns yet.
create table inbox.deliveries (
  id uuid primary key default uuidv7(),
  provider text not null,
  sha256 bytea not null check (length(sha256) = 32),
  received_at timestamptz not null,
  url text not null,
  headers jsonb not null,
  key_id text,
  body bytea not null,
  status text not null check (status in ('routed', 'quarantined', 'handshake')),
  reason text,
  created_at timestamptz not null default now(),
  check ((status = 'quarantined') = (reason is not null)),
  unique (provider, sha256)
);
comment on column inbox.deliveries.body is 'pii: the bytes that were signed, for replay and proof. Never parsed in place.';
create index deliveries_recent on inbox.deliveries (id desc) where status <> 'routed';
call identity.reserve_for_system('inbox.deliveries');
grant select, insert on inbox.deliveries to tributary_system;

create table inbox.events (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  delivery_id uuid not null references inbox.deliveries (id),
  provider text not null,
  key text not null,
  type text not null,
  occurred_at timestamptz,
  received_at timestamptz not null,
  payload jsonb,
  status text not null default 'pending' check (status in ('pending', 'applied', 'ignored', 'quarantined')),
  reason text,
  processed_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, provider, key),
  foreign key (org_id, connection_id) references sync.connections (org_id, id),
  check ((status = 'quarantined') = (reason is not null)),
  check ((status = 'pending') = (processed_at is null))
) with (fillfactor = 80);
comment on column inbox.events.payload is 'pii';
create index events_delivery on inbox.events (org_id, delivery_id);
create index events_of_delivery on inbox.events (delivery_id) where status = 'pending';
create index events_quarantined on inbox.events (org_id, id) where status = 'quarantined';
create index events_pending on inbox.events (created_at) where status = 'pending';
call identity.isolate('inbox.events');
create policy system on inbox.events to tributary_system using (true) with check (true);
grant select on inbox.events to app_read;
grant select, update (status, reason, processed_at) on inbox.events to app_write;
grant select, insert on inbox.events to tributary_system;

create table inbox.parked_events (
  id uuid primary key default uuidv7(),
  delivery_id uuid not null references inbox.deliveries (id),
  provider text not null,
  account_ref text not null,
  key text not null,
  type text not null,
  occurred_at timestamptz,
  received_at timestamptz not null,
  payload jsonb,
  reason text not null check (reason in ('unknown_account', 'disconnected')),
  created_at timestamptz not null default now(),
  unique (provider, account_ref, key)
);
comment on column inbox.parked_events.payload is 'pii';
call identity.reserve_for_system('inbox.parked_events');
grant select, insert, delete on inbox.parked_events to tributary_system;

-- Takes a batch of deliveries with the events they hold and does all of it or nothing: stores what is new, routes or parks its
-- events, and answers with every event of these deliveries that still waits to be applied, old ones included: a message that
-- comes back after a crash finds its work where it was left. Separate statements on purpose: after losing the race on
-- (provider, sha256) the next statement's snapshot sees what the winner committed.
create function inbox.accept(providers text[], hashes bytea[], received timestamptz[], urls text[], header_sets jsonb[], key_ids text[],
    bodies text[], statuses text[], reasons text[], events jsonb)
  returns table (ord bigint, duplicate boolean, delivery_id uuid, org_id uuid, id uuid, provider text, type text, payload jsonb,
    occurred_at timestamptz, account_ref text, connection_id uuid, sealed_access_token jsonb)
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  fresh uuid[];
begin
  with stored as (
    insert into inbox.deliveries (provider, sha256, received_at, url, headers, key_id, body, status, reason)
    select d.provider, d.sha256, d.received_at, d.url, d.headers, d.key_id, decode(d.body, 'base64'), d.status, d.reason
    from unnest(providers, hashes, received, urls, header_sets, key_ids, bodies, statuses, reasons)
      as d (provider, sha256, received_at, url, headers, key_id, body, status, reason)
    order by d.provider, d.sha256
    on conflict (provider, sha256) do nothing
    returning inbox.deliveries.id
  )
  select coalesce(array_agg(s.id), '{}') into fresh from stored s;

  with arrived as (
    select distinct on (e.provider, e.account_ref, e.key) s.id as delivery_id, s.received_at, e.*, r.org_id, r.connection_id, r.active
    from jsonb_to_recordset(events) as e (delivery int, provider text, account_ref text, key text, type text,
      occurred_at timestamptz, payload jsonb)
    join inbox.deliveries s on s.provider = e.provider and s.sha256 = hashes[e.delivery] and s.id = any (fresh)
    left join sync.routes r on r.provider = e.provider and r.account_ref = e.account_ref
    order by e.provider, e.account_ref, e.key, s.id
  ), routed as (
    insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, occurred_at, received_at, payload)
    select a.org_id, a.connection_id, a.delivery_id, a.provider, a.key, a.type, a.occurred_at, a.received_at, a.payload
    from arrived a where a.active
    order by a.org_id, a.provider, a.key
    on conflict (org_id, provider, key) do nothing
  )
  insert into inbox.parked_events (delivery_id, provider, account_ref, key, type, occurred_at, received_at, payload, reason)
  select a.delivery_id, a.provider, a.account_ref, a.key, a.type, a.occurred_at, a.received_at, a.payload,
    case when a.active is null then 'unknown_account' else 'disconnected' end
  from arrived a where a.active is not true
  order by a.provider, a.account_ref, a.key
  on conflict (provider, account_ref, key) do nothing;

  return query
    select d.ord, not (s.id = any (fresh)) or d.ord > min(d.ord) over (partition by s.id), s.id,
      e.org_id, e.id, e.provider, e.type, e.payload, e.occurred_at, c.account_ref, e.connection_id, c.sealed_access_token
    from unnest(providers, hashes) with ordinality as d (provider, sha256, ord)
    join inbox.deliveries s on s.provider = d.provider and s.sha256 = d.sha256
    left join inbox.events e on e.delivery_id = s.id and e.status = 'pending'
    left join sync.connections c on c.org_id = e.org_id and c.id = e.connection_id;
end $$;
grant execute on function inbox.accept to tributary_system;

-- Parked events of every account that has an active route become events of its organization.
create function inbox.release_parked(at_most int)
  returns table (org_id uuid, event_id uuid)
  language sql set search_path = ''
begin atomic
  with released as (
    delete from inbox.parked_events p using (
      select q.id, r.org_id, r.connection_id
      from inbox.parked_events q
      join sync.routes r on r.provider = q.provider and r.account_ref = q.account_ref and r.active
      order by q.id limit at_most
    ) due
    where p.id = due.id
    returning p.*, due.org_id, due.connection_id
  )
  insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, occurred_at, received_at, payload)
  select d.org_id, d.connection_id, d.delivery_id, d.provider, d.key, d.type, d.occurred_at, d.received_at, d.payload
  from released d
  order by d.org_id, d.provider, d.key
  on conflict (org_id, provider, key) do nothing
  returning org_id, id;
end;
grant execute on function inbox.release_parked to tributary_system;
