-- Numbered deliveries whose gaps are seen, events that wait a second time, and which key proved which deliveries.

-- Of a provider that numbers its events: the numbers that came. One that stays away is an event that was lost.
create table inbox.sequences (
  provider text primary key,
  seen int8multirange not null default '{}',
  missing int8multirange not null default '{}',
  looked_at timestamptz not null default '-infinity',
  restarted_at timestamptz
) with (fillfactor = 70);
comment on column inbox.sequences.missing is 'Between numbers that came, as of looked_at: what is still missing at the next look was not merely late.';
comment on column inbox.sequences.restarted_at is 'The provider began to deliver, perhaps after a pause of which no number tells; null once that was seen to.';
call identity.reserve_for_system('inbox.sequences');
grant select, insert, update on inbox.sequences to tributary_system;

-- An event may wait again: after somebody replayed it, or once its connection has been authorised anew. What nobody works on is
-- found by how long it has waited, not by its age.
alter table inbox.events add pending_since timestamptz not null default now();
drop index inbox.events_pending;
create index events_pending on inbox.events (pending_since) where status = 'pending';
grant update (status, reason, processed_at, pending_since) on inbox.events to tributary_api, tributary_system;

-- Lists by any status, where there was one for quarantined events alone.
create index events_status on inbox.events (org_id, status, id);
drop index inbox.events_quarantined;
create index events_unconnected on inbox.events (org_id, connection_id)
  where status = 'quarantined' and reason in ('needs_reconnect', 'not_connected');

-- A delivery nobody could read may be read after a fix.
grant update (status, reason) on inbox.deliveries to tributary_system;
create index deliveries_proven on inbox.deliveries (provider, key_id, received_at) where key_id is not null;
