/**
 * What a ledger function on Postgres usually does per transfer: lock both rows, two updates, check, three inserts. Step for step it is
 * pgledger, the one people pick (https://github.com/pgr0ss/pgledger): ids are ULIDs with a prefix made in SQL, amounts numeric, every row
 * that names another has a foreign key, transfers have three indexes, the function for one transfer calls that for a set of them, which
 * locks row by row in order of id, checks in a function, and reads back what it made. docs/bench.md has the rates of both.
 */
export const baselineSchema = `
create schema baseline;

-- 128 bits as 26 digits of Crockford's base 32, the first of 3 bits.
create function baseline.ulid(id uuid) returns text
  language plpgsql as $$
declare
  bits bit(130) := b'00' || ('x' || replace(id::text, '-', ''))::bit(128);
  digits text := '';
begin
  for place in 0..25 loop
    digits := digits || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', substring(bits from place * 5 + 1 for 5)::int + 1, 1);
  end loop;
  return digits;
end $$;

create function baseline.new_id(prefix text) returns text
  language sql volatile as $$ select prefix || '_' || baseline.ulid(uuidv7()) $$;

create table baseline.accounts (
  id text primary key default baseline.new_id('acc'),
  name text not null,
  currency text not null,
  balance numeric not null default 0,
  version bigint not null default 0,
  allow_negative boolean not null,
  allow_positive boolean not null default true,
  metadata jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table baseline.transfers (
  id text primary key default baseline.new_id('tra'),
  from_account_id text not null references baseline.accounts (id),
  to_account_id text not null references baseline.accounts (id),
  amount numeric not null,
  created_at timestamptz not null,
  event_at timestamptz not null,
  metadata jsonb,
  check (amount > 0 and from_account_id <> to_account_id)
);
create index on baseline.transfers (from_account_id);
create index on baseline.transfers (to_account_id);
create index on baseline.transfers (event_at);

create table baseline.entries (
  id text primary key default baseline.new_id('ent'),
  account_id text not null references baseline.accounts (id),
  transfer_id text not null references baseline.transfers (id),
  amount numeric not null,
  account_previous_balance numeric not null,
  account_current_balance numeric not null,
  account_version bigint not null,
  created_at timestamptz not null
);
create index on baseline.entries (account_id);
create index on baseline.entries (transfer_id);

create function baseline.refuse_balance(account baseline.accounts) returns void
  language plpgsql as $$
begin
  if account.balance < 0 and not account.allow_negative then
    raise exception 'the balance would be negative';
  end if;
  if account.balance > 0 and not account.allow_positive then
    raise exception 'the balance would be positive';
  end if;
end $$;

create type baseline.transfer_request as (payer text, payee text, moved numeric);

create function baseline.transfer_all(requests baseline.transfer_request[], event_at timestamptz default null)
  returns setof baseline.transfers
  language plpgsql as $$
declare
  request baseline.transfer_request;
  involved text[] := '{}';
  locked text;
  source baseline.accounts;
  target baseline.accounts;
  made text;
  all_made text[] := '{}';
begin
  foreach request in array requests loop
    involved := involved || request.payer || request.payee;
  end loop;
  involved := array(select distinct i.id from unnest(involved) as i (id) order by i.id);
  foreach locked in array involved loop
    perform from baseline.accounts where id = locked for update;
  end loop;

  foreach request in array requests loop
    if request.moved <= 0 or request.payer = request.payee then
      raise exception 'a transfer moves a positive amount to another account';
    end if;
    update baseline.accounts set balance = balance - request.moved, version = version + 1, updated_at = now()
      where id = request.payer returning * into strict source;
    perform baseline.refuse_balance(source);
    update baseline.accounts set balance = balance + request.moved, version = version + 1, updated_at = now()
      where id = request.payee returning * into strict target;
    perform baseline.refuse_balance(target);
    if source.currency <> target.currency then
      raise exception 'the accounts have different currencies';
    end if;
    insert into baseline.transfers (from_account_id, to_account_id, amount, created_at, event_at)
      values (source.id, target.id, request.moved, now(), coalesce(transfer_all.event_at, now())) returning id into made;
    all_made := all_made || made;
    insert into baseline.entries (account_id, transfer_id, amount, account_previous_balance, account_current_balance, account_version, created_at)
      values (source.id, made, -request.moved, source.balance + request.moved, source.balance, source.version, now());
    insert into baseline.entries (account_id, transfer_id, amount, account_previous_balance, account_current_balance, account_version, created_at)
      values (target.id, made, request.moved, target.balance - request.moved, target.balance, target.version, now());
  end loop;
  return query select t.* from baseline.transfers t where t.id = any (all_made) order by t.id;
end $$;

create function baseline.transfer(payer text, payee text, moved numeric, event_at timestamptz default null)
  returns setof baseline.transfers
  language plpgsql as $$
begin
  return query select * from baseline.transfer_all(array[(payer, payee, moved)::baseline.transfer_request], event_at);
end $$;

grant usage on schema baseline to tributary_worker;
grant select, insert, update on all tables in schema baseline to tributary_worker;
`;
