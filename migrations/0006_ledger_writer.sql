-- Only functions write the ledger, and they belong to a role of their own that row-level security binds: whoever may post can still
-- not insert an entry or set a balance. What foreign keys on each leg were for follows from that, since postings and accounts are
-- never deleted; without them a transfer costs half (packages/docs/ledger.md).
do $$ begin
  if not exists (select from pg_roles where rolname = 'ledger_writer') then
    create role ledger_writer nologin;
  end if;
end $$;
grant ledger_writer to current_user with inherit false, set true;
grant usage on schema ledger to ledger_writer;

-- A key names its posting by the id itself: a hash of organization and key, so that the primary key is what makes a posting
-- happen once. Ids and references of before are carried over.
create function ledger.posting_id(org uuid, key text) returns uuid
  language sql immutable parallel safe
  return encode(substr(sha256(uuid_send(org) || convert_to(key, 'UTF8')), 1, 16), 'hex')::uuid;
comment on function ledger.posting_id is 'The first 128 bits of SHA-256 over the organization''s id and the key in UTF-8.';

drop view loyalty.wallet_ledger;
create schema former;
alter table ledger.postings no force row level security;
alter table ledger.postings set schema former;
alter table ledger.entries no force row level security;
alter table ledger.entries set schema former;
alter table ledger.records no force row level security;
alter table ledger.records set schema former;
alter table loyalty.reward_events no force row level security;

-- A domain, because a CHECK on the table is read and compiled for every statement.
create domain ledger.movement as bigint not null check (value <> 0);

create table ledger.postings (
  org_id uuid not null,
  id uuid not null primary key,
  key text not null,
  request_hash bytea not null,
  kind text not null,
  effective_at timestamptz not null,
  metadata jsonb,
  recorded_at timestamptz not null
);
comment on column ledger.postings.id is 'ledger.posting_id(org_id, key)';
comment on column ledger.postings.request_hash is 'The first 128 bits of SHA-256 over the canonical request.';
comment on column ledger.postings.recorded_at is 'Taken while its accounts are locked: on one account it never goes back.';
insert into ledger.postings
  select org_id, ledger.posting_id(org_id, key), key, substr(request_hash, 1, 16), kind, effective_at, metadata, created_at
  from former.postings;

-- No organization in these two keys: accounts are unique across organizations, only functions insert, and 16 bytes per index
-- entry are a twelfth of a transfer.
create table ledger.entries (
  org_id uuid not null,
  account_id uuid not null,
  version bigint not null,
  posting_id uuid not null,
  amount ledger.movement,
  balance_after bigint not null,
  primary key (account_id, version)
);
insert into ledger.entries
  select e.org_id, e.account_id, e.version, ledger.posting_id(p.org_id, p.key), e.amount, e.balance_after
  from former.entries e join former.postings p on p.org_id = e.org_id and p.id = e.posting_id
  order by e.account_id, e.version;
create index entries_posting on ledger.entries (posting_id);

create table ledger.records (
  org_id uuid not null,
  account_id uuid not null,
  id uuid not null default uuidv7() primary key,
  posting_id uuid not null,
  amount ledger.movement,
  xid xid8 not null default pg_current_xact_id()
);
insert into ledger.records
  select r.org_id, r.account_id, r.id, ledger.posting_id(p.org_id, p.key), r.amount
  from former.records r join former.postings p on p.org_id = r.org_id and p.id = r.posting_id;
create index records_account on ledger.records (org_id, account_id, xid);
create index records_posting on ledger.records (posting_id);
comment on table ledger.records is
  'Legs of recording accounts: no lock on the account, so what everybody posts against holds nobody up.';
comment on column ledger.records.xid is 'Of the transaction that wrote it: which fold saw it (ledger.fold).';

alter table loyalty.reward_events drop constraint reward_events_org_id_posting_id_fkey;
alter table loyalty.reward_events disable trigger append_only;
update loyalty.reward_events e set posting_id = ledger.posting_id(p.org_id, p.key)
  from former.postings p where p.org_id = e.org_id and p.id = e.posting_id;
alter table loyalty.reward_events enable trigger append_only;
alter table loyalty.reward_events force row level security;
drop table former.records, former.entries, former.postings;
drop schema former;

-- Domains for the same reason: every posting updates a balance.
create domain ledger.account_kind as text check (value in ('asset', 'liability', 'wallet', 'clearing'));
create domain ledger.account_mode as text check (value in ('authorizing', 'recording'));
create domain ledger.pending as bigint default 0 not null check (value >= 0);
alter table ledger.accounts
  drop constraint accounts_kind_check, drop constraint accounts_mode_check, drop constraint accounts_check,
  drop constraint accounts_floor, drop constraint accounts_ceiling, drop constraint accounts_org_id_id_unit_key;
alter table ledger.accounts
  alter kind type ledger.account_kind, alter mode type ledger.account_mode,
  add pending_debits ledger.pending,
  add pending_credits ledger.pending,
  add overdrawn boolean not null default false,
  add keeps_lots boolean not null default false,
  add clears_within interval,
  add moved_at timestamptz,
  add constraint accounts_floor check (overdrawn or balance - pending_debits >= floor),
  add constraint accounts_ceiling check (balance + pending_credits <= ceiling),
  add constraint accounts_recording check (mode = 'authorizing' or (floor is null and ceiling is null and not keeps_lots));
alter table ledger.accounts no force row level security;
update ledger.accounts a set moved_at = (
  select max(p.recorded_at) from ledger.entries e join ledger.postings p on p.id = e.posting_id where e.account_id = a.id);
alter table ledger.accounts force row level security;
comment on column ledger.accounts.pending_debits is 'What open holds will take: not to be spent twice, so a floor counts it.';
comment on column ledger.accounts.overdrawn is 'A posting that may overdraw (a clawback, say) left it below its floor.';
comment on column ledger.accounts.keeps_lots is 'Every credit is a lot with dates of its own (ledger.lots).';
comment on column ledger.accounts.clears_within is 'Of a clearing account: how long its balance may be other than zero.';
comment on column ledger.accounts.moved_at is 'recorded_at of its newest entry.';
comment on column ledger.accounts.version is 'Of an authorizing account: the number of its entries. Of a recording one: how often it was folded.';

do $$
declare
  target text;
begin
  foreach target in array array['ledger.postings', 'ledger.entries', 'ledger.records'] loop
    execute format('call identity.isolate(%L)', target);
    execute format('call audit.make_append_only(%L)', target);
    execute format('grant select on %s to app_read', target);
    execute format('grant select, insert on %s to ledger_writer', target);
  end loop;
  -- Without the sub-select of other policies: these functions find every row by an index, and setting up a sub-plan per statement is
  -- a tenth of what a single posting costs.
  foreach target in array array['ledger.accounts', 'ledger.postings', 'ledger.entries', 'ledger.records'] loop
    execute format('create policy ledger on %s to ledger_writer using (org_id = nullif(current_setting(''app.org_id'', true), '''')::uuid) '
      'with check (org_id = nullif(current_setting(''app.org_id'', true), '''')::uuid)', target);
  end loop;
end $$;
revoke insert, update on ledger.accounts from app_write;
revoke update (balance, version) on ledger.accounts from app_write;
grant insert (org_id, code, unit, kind, mode, floor, ceiling, keeps_lots, clears_within) on ledger.accounts to app_write, tributary_api;
grant select, update (balance, version, pending_debits, pending_credits, overdrawn, moved_at) on ledger.accounts to ledger_writer;

-- Postings and their legs are for ever, and so are the accounts they name.
create function ledger.refuse_removal() returns trigger
  language plpgsql set search_path = '' as $$
begin
  raise exception 'an account is never removed, and keeps its organization and unit' using errcode = '42501';
end $$;
create trigger kept before delete on ledger.accounts for each row execute function ledger.refuse_removal();
create trigger kept_truncate before truncate on ledger.accounts for each statement execute function ledger.refuse_removal();
create trigger kept_identity before update of org_id, id, unit, mode on ledger.accounts for each row
  when ((old.org_id, old.id, old.unit, old.mode::text) is distinct from (new.org_id, new.id, new.unit, new.mode::text))
  execute function ledger.refuse_removal();

-- Per posting and unit the legs sum to zero, over both tables. Since legs are never changed, they do for ever. The cheap sums come
-- first: what sums to zero over all units, with one unit about, is balanced.
create or replace function ledger.refuse_unbalanced() returns trigger
  language plpgsql set search_path = '' set enable_seqscan = off as $$
declare
  unbalanced uuid;
begin
  if not exists (select from arrived n group by n.posting_id having sum(n.amount) <> 0) and 2 > (
    select count(distinct a.unit) from ledger.accounts a
    where a.org_id = (select n.org_id from arrived n limit 1) and a.id = any (array(select distinct n.account_id from arrived n))
  ) then
    return null;
  end if;
  select leg.posting_id into unbalanced
  from (
    select e.org_id, e.posting_id, e.account_id, e.amount from ledger.entries e
    where e.posting_id = any (array(select n.posting_id from arrived n))
    union all
    select r.org_id, r.posting_id, r.account_id, r.amount from ledger.records r
    where r.posting_id = any (array(select n.posting_id from arrived n))
  ) leg join ledger.accounts a on a.org_id = leg.org_id and a.id = leg.account_id
  group by leg.posting_id, a.unit having sum(leg.amount) <> 0
  limit 1;
  if found then
    raise exception 'posting % does not balance', unbalanced using errcode = 'LB001';
  end if;
  return null;
end $$;
create trigger balanced after insert on ledger.entries
  referencing new table as arrived for each statement execute function ledger.refuse_unbalanced();
create trigger balanced after insert on ledger.records
  referencing new table as arrived for each statement execute function ledger.refuse_unbalanced();

drop function ledger.post;

-- The ledger of a wallet in the shape people ask for it: always positive points, a side, a reason, and the sale behind it.
create view loyalty.wallet_ledger with (security_invoker = true) as
select e.org_id, w.id as wallet_id, e.version,
  case when e.amount > 0 then 'credit' else 'debit' end as entry_type,
  abs(e.amount) as points, e.balance_after, p.kind, p.id as posting_id,
  r.transaction_id as source_transaction_id, t.provider, t.provider_transaction_id, p.effective_at, p.recorded_at as created_at
from loyalty.wallets w
join ledger.entries e on e.org_id = w.org_id and e.account_id = w.account_id
join ledger.postings p on p.org_id = e.org_id and p.id = e.posting_id
left join loyalty.reward_events r on r.org_id = e.org_id and r.posting_id = e.posting_id
left join loyalty.transactions t on t.org_id = r.org_id and t.id = r.transaction_id;
grant select on loyalty.wallet_ledger to app_read;
