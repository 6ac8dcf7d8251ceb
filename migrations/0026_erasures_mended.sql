-- Erasures that fail keep no other waiting, and come to every delivery that tells of an account of theirs.

alter table privacy.erasures add tried_at timestamptz;
comment on column privacy.erasures.tried_at is 'When it was last gone on with. Whichever was left alone for longest comes first.';
grant update (tried_at) on privacy.erasures to app_write;
drop index privacy.erasures_open;
create index erasures_open on privacy.erasures ((coalesce(tried_at, requested_at))) where swept_at is null;

comment on column privacy.erasures.position is
  'pii: how far that has come. Where objects are gone through it has the id of one, and never of who was erased.';

-- A delivery is found by its events, and an event keeps the first that told of it. Another that tells of it in other bytes has none.
create table inbox.repeats (
  provider text not null,
  account_ref text not null,
  delivery_id uuid not null references inbox.deliveries (id),
  primary key (provider, account_ref, delivery_id)
);
comment on table inbox.repeats is 'Deliveries that told of an event of the account which another had told of before.';
call identity.reserve_for_system('inbox.repeats');
grant select, insert on inbox.repeats to tributary_system;

-- As in 0018. What an organization knows already by another delivery leaves the parked ones, and its delivery is remembered.
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
  ), stored as (
    insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, occurred_at, received_at, payload)
    select d.org_id, d.connection_id, d.delivery_id, d.provider, d.key, d.type, d.occurred_at, d.received_at, d.payload
    from released d
    order by d.org_id, d.provider, d.key
    on conflict (org_id, provider, key) do nothing
    returning org_id, id, provider, key
  ), repeated as (
    insert into inbox.repeats (provider, account_ref, delivery_id)
    select distinct d.provider, d.account_ref, d.delivery_id from released d
    where not exists (select from stored s where s.org_id = d.org_id and s.provider = d.provider and s.key = d.key)
    on conflict do nothing
  )
  select s.org_id, s.id from stored s;
end;

-- What nothing uses: the API begins erasures and changes none, and where a pull stood tells nothing.
revoke update (requested_at, position, swept_at) on privacy.erasures from tributary_api;
revoke update (position) on sync.pulls from app_write;
create or replace function sync.refuse_all_but_redaction() returns trigger
  language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and new.redacted_at is not null
    and to_jsonb(old) - array['body', 'request', 'redacted_at'] = to_jsonb(new) - array['body', 'request', 'redacted_at'] then
    return new;
  end if;
  raise exception '% is append-only: correct it with a new row', tg_table_name using errcode = '42501';
end $$;
