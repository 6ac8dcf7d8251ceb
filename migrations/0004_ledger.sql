-- Balanced, append-only postings. One engine for points and money.
create table ledger.accounts (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  code text not null,
  unit text not null,
  kind text not null check (kind in ('asset', 'liability', 'wallet')),
  mode text not null default 'authorizing' check (mode in ('authorizing', 'recording')),
  balance bigint not null default 0,
  version bigint not null default 0,
  floor bigint,
  ceiling bigint,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, code),
  unique (org_id, id, unit),
  constraint accounts_floor check (balance >= floor),
  constraint accounts_ceiling check (balance <= ceiling),
  check (mode = 'authorizing' or (floor is null and ceiling is null and version = 0))
) with (fillfactor = 50);
comment on column ledger.accounts.unit is 'What the balance counts: points, or an ISO 4217 code in minor units.';
comment on column ledger.accounts.mode is
  'authorizing: posting locks the row and moves its balance. recording: posting only inserts; the balance is the sum of its records.';
call identity.isolate('ledger.accounts');
grant select on ledger.accounts to app_read;
grant insert, update (balance, version) on ledger.accounts to app_write;

-- No foreign key to the organization: every leg has one to an account of it, and the check costs each posting.
create table ledger.postings (
  org_id uuid not null,
  id uuid not null,
  key text not null,
  request_hash bytea not null,
  kind text not null,
  effective_at timestamptz not null,
  reverses uuid,
  metadata jsonb,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, key),
  unique (org_id, reverses),
  foreign key (org_id, reverses) references ledger.postings (org_id, id)
);
call identity.isolate('ledger.postings');
call audit.make_append_only('ledger.postings');
grant select on ledger.postings to app_read;
grant insert on ledger.postings to app_write;

create table ledger.entries (
  org_id uuid not null,
  account_id uuid not null,
  version bigint not null,
  posting_id uuid not null,
  amount bigint not null check (amount <> 0),
  balance_after bigint not null,
  unit text not null,
  primary key (org_id, account_id, version),
  foreign key (org_id, account_id, unit) references ledger.accounts (org_id, id, unit),
  foreign key (org_id, posting_id) references ledger.postings (org_id, id)
);
create index entries_posting on ledger.entries (org_id, posting_id);
call identity.isolate('ledger.entries');
call audit.make_append_only('ledger.entries');
grant select on ledger.entries to app_read;
grant insert on ledger.entries to app_write;

-- Legs of recording accounts: no lock on the account, so that what everybody posts against (what is owed in points, say) holds
-- nobody up. No version and no running balance either; nothing bounds such an account.
create table ledger.records (
  org_id uuid not null,
  account_id uuid not null,
  id uuid not null default uuidv7(),
  posting_id uuid not null,
  amount bigint not null check (amount <> 0),
  unit text not null,
  primary key (org_id, account_id, id),
  foreign key (org_id, account_id, unit) references ledger.accounts (org_id, id, unit),
  foreign key (org_id, posting_id) references ledger.postings (org_id, id)
);
create index records_posting on ledger.records (org_id, posting_id);
call identity.isolate('ledger.records');
call audit.make_append_only('ledger.records');
grant select on ledger.records to app_read;
grant insert on ledger.records to app_write;

-- Per posting and unit the legs sum to zero, over both tables. Since legs are never changed, they do for ever. What balances within
-- the rows of one statement is not looked up in the other table.
create function ledger.refuse_unbalanced() returns trigger
  language plpgsql set search_path = '' as $$
declare
  unbalanced uuid;
begin
  select one_sided.posting_id into unbalanced
  from (
    select n.org_id, n.posting_id, n.unit from arrived n group by n.org_id, n.posting_id, n.unit having sum(n.amount) <> 0
  ) one_sided
  where coalesce((select sum(e.amount) from ledger.entries e
      where e.org_id = one_sided.org_id and e.posting_id = one_sided.posting_id and e.unit = one_sided.unit), 0)
    + coalesce((select sum(r.amount) from ledger.records r
      where r.org_id = one_sided.org_id and r.posting_id = one_sided.posting_id and r.unit = one_sided.unit), 0) <> 0
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

-- Posts a set of postings; a single one is a set of one. Idempotent by (org_id, key) for ever: the same key with the same request
-- answers 'replayed', with another request 'conflict', and neither changes anything. Locks authorizing accounts in id order before it adds
-- to them, so batches that overlap wait and never deadlock; NO KEY, so inserts that reference the accounts do not wait.
-- The running balance of each entry is derived backwards from the balance after the update, which is the true one even when the
-- row moved on while this statement waited.
create function ledger.post(
  org uuid, keys text[], hashes bytea[], kinds text[], effective timestamptz[], metadata jsonb[],
  leg_posting int[], leg_account uuid[], leg_amount bigint[]
) returns table (key text, posting_id uuid, outcome text)
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  inserted uuid[];
  unknown boolean;
begin
  with request as materialized (
    select p.ord, uuidv7() as id, p.key, p.hash, p.kind, p.effective_at, p.metadata
    from unnest(keys, hashes, kinds, effective, metadata) with ordinality as p (key, hash, kind, effective_at, metadata, ord)
  ), fresh as (
    insert into ledger.postings (org_id, id, key, request_hash, kind, effective_at, metadata)
    select org, r.id, r.key, r.hash, r.kind, r.effective_at, r.metadata from request r order by r.key, r.ord
    on conflict (org_id, key) do nothing
    returning id
  ), legs as materialized (
    select l.ord, r.id as posting, l.account, l.amount, a.mode, a.unit
    from unnest(leg_posting, leg_account, leg_amount) with ordinality as l (posting, account, amount, ord)
    join request r on r.ord = l.posting
    join fresh f on f.id = r.id
    left join ledger.accounts a on a.org_id = org and a.id = l.account
  ), complete as materialized (
    -- With an account missing nothing is written, so that the refusal below names that and not an unbalanced posting.
    select not exists (select from legs where mode is null) as yes
  ), recorded as (
    insert into ledger.records (org_id, account_id, posting_id, amount, unit)
    select org, l.account, l.posting, l.amount, l.unit from legs l, complete where complete.yes and l.mode = 'recording' order by l.ord
  ), deltas as materialized (
    select l.account, sum(l.amount)::bigint as amount, count(*) as entries
    from legs l, complete where complete.yes and l.mode = 'authorizing' group by l.account
  ), locked as materialized (
    select a.id from ledger.accounts a
    where a.org_id = org and a.id = any (array(select account from deltas))
    order by a.id for no key update
  ), moved as (
    update ledger.accounts a set balance = a.balance + d.amount, version = a.version + d.entries
    from deltas d join locked k on k.id = d.account
    where a.org_id = org and a.id = d.account
    returning a.id, a.balance, a.version, d.amount, d.entries
  ), written as (
    insert into ledger.entries (org_id, account_id, version, posting_id, amount, balance_after, unit)
    select org, l.account, m.version - m.entries + row_number() over running, l.posting, l.amount,
      (m.balance - m.amount + sum(l.amount) over running)::bigint, l.unit
    from legs l join moved m on m.id = l.account
    window running as (partition by l.account order by l.ord rows unbounded preceding)
  )
  select (select coalesce(array_agg(id), '{}') from fresh), (select not yes from complete) into inserted, unknown;

  if unknown then
    raise exception 'a leg names an account that does not exist' using errcode = 'LB002';
  end if;

  return query
    select r.key, s.id,
      case
        when s.request_hash <> r.hash then 'conflict'
        when s.id = any (inserted) and row_number() over (partition by r.key order by r.ord) = 1 then 'posted'
        else 'replayed'
      end
    from unnest(keys, hashes) with ordinality as r (key, hash, ord)
    join ledger.postings s on s.org_id = org and s.key = r.key
    order by r.ord;
end $$;
grant execute on function ledger.post to app_write;
