-- How often everybody asks: token buckets that all instances of all APIs share.
--
-- Whoever asks takes from buckets by name and sees no other, of a size that is theirs to say: the function belongs to a role of its own and
-- is given to our own code alone. Not logged: what a crash forgets is a minute of counting, and a request should not wait for the disk.
do $$ begin
  if not exists (select from pg_roles where rolname = 'rate_limiter') then
    create role rate_limiter nologin;
  end if;
end $$;
grant rate_limiter to current_user with inherit false, set true;

create schema edge;
grant usage on schema edge to rate_limiter, tributary_api, tributary_consumer, tributary_identity;

create unlogged table edge.buckets (
  key text primary key check (length(key) between 1 and 64),
  full_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
comment on column edge.buckets.key is 'A hash of what is counted and whose it is, an address or an account among others. Gone a while after the bucket is full.';
comment on column edge.buckets.full_at is 'When it is full again, if nothing is taken: all that a bucket needs to remember.';
alter table edge.buckets enable row level security;
alter table edge.buckets force row level security;
create policy buckets on edge.buckets to rate_limiter using (true) with check (true);
grant select, insert, update, delete on edge.buckets to rate_limiter;

-- Takes from each bucket as many tokens as are wanted and there, and tells what is left and, where none was there, how long to wait.
-- Buckets are locked in the order of their keys, so that nobody waits for each other. `at` is for tests: left out, the clock here counts,
-- which is the same for all instances.
create function edge.take_tokens(keys text[], interval_micros bigint[], bursts int[], wants int[], at timestamptz default null)
  returns table (granted int, remaining int, wait_ms bigint)
  language plpgsql security definer rows 4 set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  locked int := 0;
begin
  if cardinality(keys) > 16 or cardinality(keys) <> (select count(distinct k) from unnest(keys) k) then
    raise exception 'at most 16 buckets, each once' using errcode = '22023';
  end if;
  -- Again when one was swept away in between.
  while locked < cardinality(keys) loop
    insert into edge.buckets (key, full_at)
    select k, '-infinity' from unnest(keys) k order by k on conflict do nothing;
    perform from edge.buckets b where b.key = any (keys) order by b.key for update;
    get diagnostics locked = row_count;
  end loop;
  at := coalesce(at, clock_timestamp());
  return query
  with asked as (
    select b.key, a.micros, a.burst, a.want, a.place, greatest(b.full_at, take_tokens.at) as full_at
    from unnest(keys, interval_micros, bursts, wants) with ordinality as a (key, micros, burst, want, place)
    join edge.buckets b on b.key = a.key
  ), counted as (
    select a.*, a.burst - ceil(extract(epoch from a.full_at - take_tokens.at) * 1000000 / a.micros)::int as held from asked a
  ), given as (
    select c.*, greatest(0, least(c.want, c.held)) as given from counted c
  ), taken as (
    update edge.buckets b set full_at = g.full_at + g.given * g.micros * interval '1 microsecond'
    from given g where b.key = g.key and g.given > 0
  )
  select g.given, greatest(0, g.held - g.given), case when g.given > 0 then 0
    else ceil((extract(epoch from g.full_at - take_tokens.at) * 1000000 - (g.burst - 1)::bigint * g.micros) / 1000)::bigint end
  from given g order by g.place;
  -- Now and then, what has been full for a while is forgotten: the same as a bucket nobody ever took from.
  if random() < 0.01 then
    delete from edge.buckets b where b.key = any (array(
      select o.key from edge.buckets o where o.full_at < take_tokens.at - interval '1 minute' limit 500 for update skip locked));
  end if;
end $$;
grant create on schema edge to rate_limiter;
alter function edge.take_tokens owner to rate_limiter;
set local role rate_limiter;
grant execute on function edge.take_tokens to tributary_api, tributary_consumer, tributary_identity;
reset role;
revoke create on schema edge from rate_limiter;
