-- What was authorised and never connected is ended at its provider; a credential that fails waits; suspended organizations are left alone.

alter table sync.credentials
  add unchosen_refs text[] not null default '{}',
  add failures int not null default 0 check (failures >= 0),
  add retry_at timestamptz;
comment on column sync.credentials.unchosen_refs is
  'Accounts that were authorised with it and not connected: chosen within a day, or ended at the provider.';
comment on column sync.credentials.failures is 'In a row, to renew or to end it.';
comment on column sync.credentials.retry_at is 'No schedule tries it before.';

-- As before, but for suspended organizations: what is theirs stays parked.
create or replace function inbox.release_parked(at_most int)
  returns table (org_id uuid, event_id uuid)
  language sql set search_path = ''
begin atomic
  with released as (
    delete from inbox.parked_events p using (
      select q.id, r.org_id, r.connection_id
      from inbox.parked_events q
      join sync.routes r on r.provider = q.provider and r.account_ref = q.account_ref and r.active
      join identity.organizations o on o.id = r.org_id and o.status = 'active'
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
