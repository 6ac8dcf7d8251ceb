-- Tokens are where authorisations are; whoever asks a provider gets one that is still good.

-- A token given by hand moves with its connection's id, to which it is sealed.
alter table sync.connections no force row level security;
alter table sync.credentials no force row level security;
insert into sync.credentials (org_id, id, provider, sealed_access_token)
  select org_id, id, provider, sealed_access_token from sync.connections where sealed_access_token is not null;
update sync.connections set credential_id = id where sealed_access_token is not null;
alter table sync.connections force row level security;
alter table sync.credentials force row level security;
drop function inbox.accept;
alter table sync.connections drop column sealed_access_token;

-- As before without the token: whoever asks the provider gets one that is still good.
create function inbox.accept(providers text[], hashes bytea[], received timestamptz[], urls text[], header_sets jsonb[], key_ids text[],
    bodies text[], statuses text[], reasons text[], events jsonb)
  returns table (ord bigint, duplicate boolean, delivery_id uuid, org_id uuid, id uuid, provider text, type text, payload jsonb,
    occurred_at timestamptz, account_ref text, connection_id uuid)
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
      e.org_id, e.id, e.provider, e.type, e.payload, e.occurred_at, c.account_ref, e.connection_id
    from unnest(providers, hashes) with ordinality as d (provider, sha256, ord)
    join inbox.deliveries s on s.provider = d.provider and s.sha256 = d.sha256
    left join inbox.events e on e.delivery_id = s.id and e.status = 'pending'
    left join sync.connections c on c.org_id = e.org_id and c.id = e.connection_id;
end $$;
grant execute on function inbox.accept to tributary_system;
