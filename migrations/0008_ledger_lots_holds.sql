-- Lots (credits with dates of their own), holds (amounts set aside until somebody decides) and reversals. Like entries they have no
-- foreign keys to accounts: each would be checked whenever a balance moves.

create table ledger.lots (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  account_id uuid not null,
  ref uuid not null,
  origin uuid,
  amount bigint not null check (amount > 0),
  remaining bigint not null check (remaining between 0 and amount),
  available_at timestamptz,
  releases_to uuid,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  check ((available_at is null) = (releases_to is null))
) with (fillfactor = 80);
comment on column ledger.lots.ref is 'The posting or hold that made it.';
comment on column ledger.lots.origin is 'What it was given for, in the words of the domain: taken back from these first.';
comment on column ledger.lots.available_at is 'When it moves to the account releases_to; until then it is seen and not spent.';
create index lots_left on ledger.lots (org_id, account_id, expires_at, id) where remaining > 0;
create index lots_expiring on ledger.lots (org_id, expires_at) where remaining > 0 and available_at is null and expires_at is not null;
create index lots_releasing on ledger.lots (org_id, available_at) where remaining > 0 and available_at is not null;

-- What a posting or hold took of a lot; negative where it gave back.
create table ledger.lot_uses (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  lot_id uuid not null,
  ref uuid not null,
  amount bigint not null check (amount <> 0),
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, lot_id) references ledger.lots (org_id, id)
);
create index lot_uses_ref on ledger.lot_uses (org_id, ref);
create index lot_uses_lot on ledger.lot_uses (org_id, lot_id);

create table ledger.holds (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  key text not null,
  request_hash bytea not null,
  debit_account_id uuid not null,
  credit_account_id uuid not null check (credit_account_id <> debit_account_id),
  amount bigint not null check (amount > 0),
  status text not null default 'pending' check (status in ('pending', 'posted', 'voided', 'expired')),
  expires_at timestamptz not null,
  posted_amount bigint check (posted_amount between 1 and amount),
  posting_id uuid,
  created_at timestamptz not null default now(),
  resolved_at timestamptz,
  primary key (org_id, id),
  unique (org_id, key),
  check ((status = 'pending') = (resolved_at is null)),
  check ((status = 'posted') = (posted_amount is not null) and (status = 'posted') = (posting_id is not null))
) with (fillfactor = 80);
create index holds_due on ledger.holds (org_id, expires_at) where status = 'pending';

-- How much of each leg of a posting was reversed so far, per account. The CHECK is what bounds partial reversals.
create table ledger.reversals (
  org_id uuid not null references identity.organizations (id),
  posting_id uuid not null,
  account_id uuid not null,
  amount bigint not null check (amount <> 0),
  reversed bigint not null,
  primary key (org_id, posting_id, account_id),
  constraint reversals_bounded check (reversed <> 0 and sign(reversed) = -sign(amount) and abs(reversed) <= abs(amount))
);
comment on column ledger.reversals.posting_id is 'The posting that is reversed; amount is what it moved on the account.';

-- A fold of a recording account: every record whose transaction its snapshot saw is in its balance.
create table ledger.folds (
  org_id uuid not null references identity.organizations (id),
  account_id uuid not null,
  version bigint not null,
  snapshot pg_snapshot not null,
  records bigint not null check (records > 0),
  amount bigint not null,
  balance_after bigint not null,
  folded_at timestamptz not null default clock_timestamp(),
  primary key (org_id, account_id, version)
);

-- What was recorded on a recording account since its last fold.
create function ledger.unfolded(org uuid, account uuid) returns setof ledger.records
  language sql stable
begin atomic
  with last as materialized (
    select (select f.snapshot from ledger.folds f where f.org_id = org and f.account_id = account order by f.version desc limit 1) as snapshot
  )
  select r.* from ledger.records r
  where r.org_id = org and r.account_id = account
    -- By itself, and a mere parameter to row-level security, so that the index is entered where the last fold ended.
    and r.xid >= (select coalesce(pg_snapshot_xmin(l.snapshot), '0'::xid8) from last l)
    and not coalesce(pg_visible_in_snapshot(r.xid, (select l.snapshot from last l)), false);
end;

do $$
declare
  target text;
begin
  foreach target in array array['ledger.lots', 'ledger.lot_uses', 'ledger.holds', 'ledger.reversals', 'ledger.folds'] loop
    execute format('call identity.isolate(%L)', target);
    execute format('grant select on %s to app_read', target);
    execute format('grant select, insert on %s to ledger_writer', target);
    execute format('create policy ledger on %s to ledger_writer using (org_id = nullif(current_setting(''app.org_id'', true), '''')::uuid) '
      'with check (org_id = nullif(current_setting(''app.org_id'', true), '''')::uuid)', target);
  end loop;
end $$;
call audit.make_append_only('ledger.lot_uses');
call audit.make_append_only('ledger.folds');
grant update (remaining) on ledger.lots to ledger_writer;
grant update (status, posted_amount, posting_id, resolved_at) on ledger.holds to ledger_writer;
grant update (reversed) on ledger.reversals to ledger_writer;
create policy system on ledger.holds to tributary_system using (true) with check (true);

-- A hold is resolved once.
create function ledger.refuse_second_resolution() returns trigger
  language plpgsql set search_path = '' as $$
begin
  raise exception 'hold % is % already', old.id, old.status using errcode = 'LB003';
end $$;
create trigger resolved_once before update or delete on ledger.holds for each row
  when (old.status <> 'pending') execute function ledger.refuse_second_resolution();

-- Takes from lots: each want of (account, prefer) is covered from the lots of that account whose `preferred` ('id', 'origin' or 'ref')
-- is `prefer`, or from any when that is null: earliest expiry first, then age. Answers what each got. Of one such column, so that no
-- lot is counted for two preferences.
create function ledger.take_from_lots(org uuid, refs uuid[], accounts uuid[], amounts bigint[], prefers uuid[], preferred text)
  returns table (ord int, taken bigint)
  language sql
begin atomic
  with want as (
    select w.ord, w.ref, w.account, w.prefer,
      sum(w.amount) over preceding - w.amount as first, sum(w.amount) over preceding as last
    from unnest(refs, accounts, amounts, prefers) with ordinality as w (ref, account, amount, prefer, ord)
    where w.amount > 0
    window preceding as (partition by w.account, w.prefer order by w.ord)
  ), have as (
    select l.id, k.account, k.prefer,
      sum(l.remaining) over preceding - l.remaining as first, sum(l.remaining) over preceding as last
    from (select distinct w.account, w.prefer from want w) k
    join ledger.lots l on l.org_id = org and l.account_id = k.account and l.remaining > 0
      and (k.prefer is null or k.prefer = case preferred when 'id' then l.id when 'origin' then l.origin when 'ref' then l.ref end)
    window preceding as (partition by k.account, k.prefer order by l.expires_at nulls last, l.id)
  ), taking as materialized (
    select w.ord, w.ref, h.id as lot, (least(w.last, h.last) - greatest(w.first, h.first))::bigint as amount
    from want w join have h on h.account = w.account and h.prefer is not distinct from w.prefer
      and h.first < w.last and w.first < h.last
  ), lowered as (
    update ledger.lots l set remaining = l.remaining - t.amount
    from (select lot, sum(amount)::bigint as amount from taking group by lot) t
    where l.org_id = org and l.id = t.lot
  ), noted as (
    insert into ledger.lot_uses (org_id, lot_id, ref, amount) select org, t.lot, t.ref, t.amount from taking t
  )
  select t.ord::int, sum(t.amount)::bigint from taking t group by t.ord;
end;

-- Keeps the lots of accounts that have them in step with what may be spent: afterwards what remains in all lots of an account is
-- its balance without what is held, or nothing when that is negative. The accounts are locked and were moved already.
-- A credit makes a lot ({"expiresAt", "origin", "availableAt", "releasesTo"}) or gives back what a posting or hold took, latest
-- expiry first ({"restores": ref}); what an overdrawn account owed is paid first. A debit takes from the lot or origin it names
-- ({"prefers": id}) and then by earliest expiry, then age.
create function ledger.move_lots(org uuid, refs uuid[], accounts uuid[], amounts bigint[], details jsonb[]) returns void
  language plpgsql security definer set search_path = '' as $$
declare
  leg record;
  wants record;
  preferred text;
begin
  for leg in
    with moved as (
      select m.ord, m.ref, m.account, m.amount, coalesce(m.detail, '{}') as detail
      from unnest(refs, accounts, amounts, details) with ordinality as m (ref, account, amount, detail, ord)
      join ledger.accounts a on a.org_id = org and a.id = m.account and a.keeps_lots
    ), debt as (
      select a.id as account, greatest(0, m.amount - a.balance + a.pending_debits) as amount
      from (select account, sum(amount) as amount from moved group by account) m
      join ledger.accounts a on a.org_id = org and a.id = m.account
    )
    select m.*, m.amount - least(m.amount, greatest(0, d.amount
      - (coalesce(sum(m.amount) over (partition by m.account order by m.ord rows between unbounded preceding and 1 preceding), 0))))::bigint as free
    from moved m join debt d on d.account = m.account where m.amount > 0 order by m.ord
  loop
    perform ledger.add_to_lots(org, leg.ref, leg.account, leg.amount, leg.free, leg.detail);
  end loop;

  select array_agg(m.ref order by m.ord) as refs, array_agg(m.account order by m.ord) as accounts, array_agg(-m.amount order by m.ord) as amounts,
    array_agg((m.detail ->> 'prefers')::uuid order by m.ord) as prefers into wants
  from unnest(refs, accounts, amounts, details) with ordinality as m (ref, account, amount, detail, ord)
  join ledger.accounts a on a.org_id = org and a.id = m.account and a.keeps_lots
  where m.amount < 0;
  if wants.refs is null then
    return;
  end if;
  if cardinality(array_remove(wants.prefers, null)) > 0 then
    -- First what prefers something; wants without a preference ask for nothing here.
    foreach preferred in array array['id', 'origin', 'ref'] loop
      wants.amounts := (
        select array_agg(w.amount - coalesce(t.taken, 0) order by w.ord)
        from unnest(wants.amounts) with ordinality as w (amount, ord)
        left join ledger.take_from_lots(org, wants.refs, wants.accounts,
          array(select case when p.prefer is null then 0 else p.amount end
            from unnest(wants.amounts, wants.prefers) with ordinality as p (amount, prefer, ord) order by p.ord),
          wants.prefers, preferred) t on t.ord = w.ord
      );
    end loop;
  end if;
  perform ledger.take_from_lots(org, wants.refs, wants.accounts, wants.amounts,
    array_fill(null::uuid, array[cardinality(wants.refs)]), null);
end $$;

-- One credit: `free` of its amount is left once debts are paid.
create function ledger.add_to_lots(org uuid, made_by uuid, account uuid, amount bigint, free bigint, detail jsonb) returns void
  language plpgsql security definer set search_path = '' as $$
declare
  restores uuid := detail ->> 'restores';
  given_back bigint := 0;
  made uuid;
begin
  if detail ? 'releasesTo' and detail ->> 'releasesTo' is not null and not exists (
    select from ledger.accounts a where a.org_id = org and a.id = (detail ->> 'releasesTo')::uuid)
  then
    raise exception 'a lot moves on to an account that does not exist' using errcode = 'foreign_key_violation';
  end if;
  if restores is not null then
    with used as (
      select u.lot_id, sum(u.amount) as amount from ledger.lot_uses u
      where u.org_id = org and u.ref = restores group by u.lot_id having sum(u.amount) > 0
    ), queue as (
      select u.lot_id, sum(u.amount) over latest - u.amount as first, sum(u.amount) over latest as last
      from used u join ledger.lots l on l.org_id = org and l.id = u.lot_id and l.account_id = account
      window latest as (order by l.expires_at desc nulls first, l.id desc)
    ), back as materialized (
      select q.lot_id, (least(q.last, free) - q.first)::bigint as amount from queue q where q.first < free
    ), raised as (
      update ledger.lots l set remaining = l.remaining + b.amount from back b where l.org_id = org and l.id = b.lot_id
    ), noted as (
      insert into ledger.lot_uses (org_id, lot_id, ref, amount) select org, b.lot_id, restores, -b.amount from back b
    )
    select coalesce(sum(b.amount), 0) into given_back from back b;
    if free = given_back then
      return;
    end if;
    amount := free - given_back;
    free := amount;
  end if;
  insert into ledger.lots (org_id, account_id, ref, origin, amount, remaining, available_at, releases_to, expires_at)
  values (org, account, made_by, (detail ->> 'origin')::uuid, amount, free, (detail ->> 'availableAt')::timestamptz,
    (detail ->> 'releasesTo')::uuid, (detail ->> 'expiresAt')::timestamptz)
  returning id into made;
  if amount > free then
    insert into ledger.lot_uses (org_id, lot_id, ref, amount) values (org, made, made_by, amount - free);
  end if;
end $$;

-- Sets amounts aside: a hold counts against the floor of the account it will debit and the ceiling of the one it will credit, and
-- moves nothing yet. Answers like ledger.post, with 'held' for 'posted'.
create function ledger.hold(
  org uuid, keys text[], hashes bytea[], debits uuid[], credits uuid[], amounts bigint[], expires timestamptz[]
) returns table (hold_id uuid, outcome text)
  language plpgsql security definer set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  wanted record;
  known record;
  payer record;
  payee record;
begin
  perform ledger.lock_accounts(org, debits || credits);
  for wanted in
    select w.* from unnest(keys, hashes, debits, credits, amounts, expires) with ordinality
      as w (key, hash, debit, credit, amount, expires_at, ord) order by w.ord
  loop
    select h.id, h.request_hash into known from ledger.holds h where h.org_id = org and h.key = wanted.key;
    if found then
      hold_id := known.id;
      outcome := case when known.request_hash = wanted.hash then 'replayed' else 'conflict' end;
      return next;
      continue;
    end if;
    hold_id := null;
    select a.* into payer from ledger.accounts a where a.org_id = org and a.id = wanted.debit;
    select a.* into payee from ledger.accounts a where a.org_id = org and a.id = wanted.credit;
    outcome := case
      when payer.id is null or payee.id is null or payer.unit <> payee.unit then 'unknown_account'
      when payer.balance - payer.pending_debits - wanted.amount < payer.floor then 'floor_violated'
      when payee.balance + payee.pending_credits + wanted.amount > payee.ceiling then 'ceiling_violated'
      else 'held'
    end;
    if outcome = 'held' then
      -- A key used at the same time with other accounts ends here, and the transaction is tried again.
      insert into ledger.holds (org_id, key, request_hash, debit_account_id, credit_account_id, amount, expires_at)
      values (org, wanted.key, wanted.hash, wanted.debit, wanted.credit, wanted.amount, wanted.expires_at)
      on conflict (org_id, key) do nothing
      returning id into hold_id;
      if hold_id is null then
        raise exception 'a key was used twice at once' using errcode = '40001';
      end if;
      update ledger.accounts a set
        pending_debits = a.pending_debits + case when a.id = wanted.debit then wanted.amount else 0 end,
        pending_credits = a.pending_credits + case when a.id = wanted.credit then wanted.amount else 0 end
      where a.org_id = org and a.id in (wanted.debit, wanted.credit) and a.mode = 'authorizing';
      perform ledger.move_lots(org, array[hold_id], array[wanted.debit], array[-wanted.amount], null);
    end if;
    return next;
  end loop;
end $$;

-- Resolves holds, each once: posts the amount given (all of it or a part; the rest is free again) or, without one, voids. A hold
-- past its expiry is expired instead. Answers in the order asked: posted, voided, expired, exceeds_hold (nothing happened),
-- unknown_hold, or already_posted, already_voided, already_expired.
create function ledger.resolve_holds(org uuid, ids uuid[], capture bigint[], kind text, metadata jsonb, at timestamptz)
  returns table (hold_id uuid, outcome text, posting_id uuid)
  language plpgsql security definer set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
declare
  wanted record;
  held record;
  captured bigint;
  posted text;
begin
  perform from ledger.holds h where h.org_id = org and h.id = any (ids) order by h.id for no key update;
  perform ledger.lock_accounts(org, array(
    select unnest(array[h.debit_account_id, h.credit_account_id]) from ledger.holds h where h.org_id = org and h.id = any (ids)));
  for wanted in select w.id, w.amount from unnest(ids, capture) with ordinality as w (id, amount, ord) order by w.ord loop
    hold_id := wanted.id;
    posting_id := null;
    select h.* into held from ledger.holds h where h.org_id = org and h.id = wanted.id;
    outcome := case
      when held.id is null then 'unknown_hold'
      when held.status <> 'pending' then 'already_' || held.status
      when held.expires_at <= at then 'expired'
      when wanted.amount is null then 'voided'
      when wanted.amount > held.amount then 'exceeds_hold'
      else 'posted'
    end;
    posting_id := held.posting_id;
    if outcome in ('expired', 'voided', 'posted') then
      captured := case when outcome = 'posted' then wanted.amount else 0 end;
      update ledger.accounts a set
        pending_debits = a.pending_debits - case when a.id = held.debit_account_id then held.amount else 0 end,
        pending_credits = a.pending_credits - case when a.id = held.credit_account_id then held.amount else 0 end,
        -- What it stood below its floor by may be what is free again.
        overdrawn = a.overdrawn and coalesce(
          a.balance - a.pending_debits + case when a.id = held.debit_account_id then held.amount else 0 end < a.floor, false)
      where a.org_id = org and a.id in (held.debit_account_id, held.credit_account_id) and a.mode = 'authorizing';
      -- Its lots are free again, and what is posted takes from them as any debit does.
      perform ledger.move_lots(org, array[held.id], array[held.debit_account_id], array[held.amount],
        array[jsonb_build_object('restores', held.id)]);
      if captured > 0 then
        -- It was authorised when it was held, so it posts even where the balance fell since.
        select p.posting_id, p.outcome into posting_id, posted from ledger.post(org, array['hold:' || held.id], array[held.request_hash],
          array[kind], array[at], array[metadata], array[true], array[1, 1], array[held.debit_account_id, held.credit_account_id],
          array[-captured, captured]) p;
        if posted <> 'posted' then
          raise exception 'the posting of hold % was %', held.id, posted using errcode = 'LB003';
        end if;
      end if;
      update ledger.holds h set status = outcome, posted_amount = nullif(captured, 0), posting_id = posting_id, resolved_at = at
      where h.org_id = org and h.id = held.id;
    end if;
    return next;
  end loop;
end $$;

-- Reverses a posting by its mirror: all that is left of it or, for a posting of two legs, the amount given. What is reversed in all
-- never exceeds what was posted (reversals_bounded). Answers like ledger.post, and 'nothing_left', 'exceeds_posting', 'unknown_posting'.
create function ledger.reverse(
  org uuid, key text, hash bytea, kind text, effective timestamptz, metadata jsonb, overdraw boolean, original uuid, part bigint default null
) returns table (posting_id uuid, outcome text)
  language plpgsql security definer set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
declare
  legs record;
begin
  perform ledger.lock_accounts(org, array(
    select e.account_id from ledger.entries e where e.org_id = org and e.posting_id = original
    union select r.account_id from ledger.records r where r.org_id = org and r.posting_id = original));
  -- Postings that only record lock nobody's account.
  perform pg_advisory_xact_lock(hashtextextended('ledger.reverse:' || org || original, 0));
  select array_agg(l.account_id order by l.account_id) as accounts, array_agg(l.amount order by l.account_id) as amounts,
    array_agg(l.amount + coalesce(v.reversed, 0) order by l.account_id) as rest into legs
  from (
    select u.account_id, sum(u.amount)::bigint as amount from (
      select e.account_id, e.amount from ledger.entries e where e.org_id = org and e.posting_id = original
      union all select r.account_id, r.amount from ledger.records r where r.org_id = org and r.posting_id = original
    ) u group by u.account_id having sum(u.amount) <> 0
  ) l left join ledger.reversals v on v.org_id = org and v.posting_id = original and v.account_id = l.account_id;
  posting_id := ledger.posting_id(org, key);
  select case when p.request_hash = hash and p.key = key then 'replayed' else 'conflict' end into outcome
  from ledger.postings p where p.id = posting_id;
  if found then
    return next;
    return;
  end if;
  posting_id := null;
  outcome := case
    when legs.accounts is null then 'unknown_posting'
    when not exists (select from unnest(legs.rest) rest where rest <> 0) then 'nothing_left'
    when part is not null and (part <= 0 or cardinality(legs.rest) <> 2 or part > abs(legs.rest[1])) then 'exceeds_posting'
  end;
  if outcome is not null then
    return next;
    return;
  end if;
  if part is not null then
    legs.rest := array[sign(legs.rest[1]) * part, sign(legs.rest[2]) * part];
  end if;
  select p.posting_id, p.outcome into posting_id, outcome from ledger.post(org, array[key], array[hash], array[kind], array[effective],
    array[metadata], array[overdraw], array_fill(1, array[cardinality(legs.accounts)]), legs.accounts,
    array(select -rest from unnest(legs.rest) with ordinality as r (rest, ord) order by ord),
    -- What it debited gets its lots back; what it credited gives back the lots it made.
    array(select case when rest < 0 then jsonb_build_object('restores', original) else jsonb_build_object('prefers', original) end
      from unnest(legs.rest) with ordinality as r (rest, ord) order by ord)) p;
  if outcome = 'posted' then
    insert into ledger.reversals as v (org_id, posting_id, account_id, amount, reversed)
    select org, original, l.account, l.amount, -l.rest from unnest(legs.accounts, legs.amounts, legs.rest) as l (account, amount, rest)
    on conflict on constraint reversals_pkey do update set reversed = v.reversed + excluded.reversed;
  end if;
  return next;
end $$;

-- Folds what was recorded on a recording account into its balance, without holding anybody up: a fold keeps the snapshot it saw, and
-- what commits later is not in it, however early it began; nor is
-- what its own transaction recorded. Answers how many records were folded.
create function ledger.fold(org uuid, account uuid) returns bigint
  language plpgsql security definer set search_path = '' as $$
declare
  own xid8 := pg_current_xact_id();
  folded record;
begin
  perform from ledger.accounts a where a.org_id = org and a.id = account and a.mode = 'recording' for no key update;
  with seen as materialized (
    -- A transaction's snapshot does not count itself as running. It is, and may record more after this.
    select (least(pg_snapshot_xmin(s), own)::text || ':' || pg_snapshot_xmax(s)::text || ':'
      || array_to_string(array(select pg_snapshot_xip(s) union select own where own < pg_snapshot_xmax(s) order by 1), ','))::pg_snapshot as snapshot
    from pg_current_snapshot() s
  )
  select coalesce(sum(r.amount), 0)::bigint as amount, count(r.id) as records, min(seen.snapshot::text)::pg_snapshot as snapshot into folded
  from seen left join ledger.unfolded(org, account) r on pg_visible_in_snapshot(r.xid, seen.snapshot);
  if folded.records > 0 then
    update ledger.accounts a set balance = a.balance + folded.amount, version = a.version + 1 where a.org_id = org and a.id = account;
    insert into ledger.folds (org_id, account_id, version, snapshot, records, amount, balance_after)
    select org, account, a.version, folded.snapshot, folded.records, folded.amount, a.balance
    from ledger.accounts a where a.org_id = org and a.id = account;
  end if;
  return folded.records;
end $$;

-- The number of the newest entry of an authorizing account that was recorded at or before a time, 0 when there is none: a search over
-- the primary key, one probe per bit of the number of entries. An index by time instead would cost every transfer 120 bytes.
create function ledger.version_at(org uuid, account uuid, at timestamptz) returns bigint
  language plpgsql stable parallel safe set search_path = '' as $$
declare
  low bigint := 0;
  high bigint := (select a.version from ledger.accounts a where a.org_id = org and a.id = account and a.mode = 'authorizing');
  middle bigint;
begin
  while low < high loop
    middle := (low + high + 1) / 2;
    if (select p.recorded_at from ledger.entries e join ledger.postings p on p.id = e.posting_id
        where e.org_id = org and e.account_id = account and e.version = middle) <= at then
      low := middle;
    else
      high := middle - 1;
    end if;
  end loop;
  return low;
end $$;

-- The balance of an account at a time; of a recording account from its last fold before.
create function ledger.balance_at(org uuid, account uuid, at timestamptz) returns bigint
  language plpgsql stable parallel safe set search_path = '' as $$
declare
  kept record;
  unfolded_from xid8;
begin
  if (select a.mode = 'authorizing' from ledger.accounts a where a.org_id = org and a.id = account) then
    return coalesce((select e.balance_after from ledger.entries e
      where e.org_id = org and e.account_id = account and e.version = ledger.version_at(org, account, at)), 0);
  end if;
  select f.balance_after, f.snapshot into kept from ledger.folds f
  where f.org_id = org and f.account_id = account and f.folded_at <= at order by f.version desc limit 1;
  unfolded_from := coalesce(pg_snapshot_xmin(kept.snapshot), '0'::xid8);
  return coalesce(kept.balance_after, 0) + coalesce((
    select sum(r.amount) from ledger.records r join ledger.postings p on p.id = r.posting_id
    where r.org_id = org and r.account_id = account and p.recorded_at <= at
      and r.xid >= unfolded_from
      and not coalesce(pg_visible_in_snapshot(r.xid, kept.snapshot), false)), 0);
end $$;

-- The functions act as the role that alone may write.
grant create on schema ledger to ledger_writer;
do $$
declare
  writing regprocedure;
begin
  for writing in select p.oid from pg_proc p where p.pronamespace = 'ledger'::regnamespace
    and p.proname in ('lock_accounts', 'post', 'refusals', 'take_from_lots', 'move_lots', 'add_to_lots', 'hold', 'resolve_holds', 'reverse', 'fold')
  loop
    execute format('alter function %s owner to ledger_writer', writing);
    if not writing::text ~ '(refusals|take_from_lots|move_lots|add_to_lots)' then
      execute format('set local role ledger_writer; grant execute on function %s to app_write, tributary_api; reset role', writing);
    end if;
  end loop;
end $$;
revoke create on schema ledger from ledger_writer;
grant execute on function ledger.posting_id, ledger.unfolded to ledger_writer;
grant execute on function ledger.posting_id, ledger.unfolded, ledger.version_at, ledger.balance_at to app_read;
