-- Affiliate programmes: what networks say of each day, what they changed afterwards, and the rates that bring it to one currency.
create schema ref;
create schema affiliate;
grant usage on schema ref, affiliate to app_read, app_write;
grant usage on schema ref, affiliate to tributary_system;

-- The networks there are adapters for, as their descriptors say; the same for every organization.
create table ref.brands (
  slug text primary key check (slug ~ '^[a-z][a-z0-9-]{1,40}$'),
  name text not null check (length(name) between 1 and 100),
  adapter_key text not null,
  auth_type text not null check (auth_type in ('api_key', 'bearer', 'basic', 'login', 'upload')),
  base_url text,
  rate_limit jsonb,
  window_days int not null check (window_days between 1 and 400),
  status text not null check (status in ('active', 'beta', 'deprecated', 'broken')),
  limitations text[] not null default '{}',
  updated_at timestamptz not null default now()
);
comment on column ref.brands.base_url is 'Null where each operator has a host of its own: then it is part of the credentials.';
comment on column ref.brands.rate_limit is 'How often it may be asked: {calls, seconds, scope}. Null: it does not say.';
alter table ref.brands enable row level security;
alter table ref.brands force row level security;
create policy reference on ref.brands for select to app_read using (true);
create policy system on ref.brands to tributary_system using (true) with check (true);
grant select on ref.brands to app_read;
grant select, insert, update on ref.brands to tributary_system;

-- Units of a currency for one euro, as the European Central Bank publishes them on working days.
create table ref.exchange_rates (
  source text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  day date not null,
  rate numeric not null check (rate > 0 and rate < 10000000 and scale(rate) <= 6),
  loaded_at timestamptz not null default now(),
  primary key (source, currency, day)
);
alter table ref.exchange_rates enable row level security;
alter table ref.exchange_rates force row level security;
create policy reference on ref.exchange_rates for select to app_read using (true);
create policy system on ref.exchange_rates to tributary_system using (true) with check (true);
-- What a rate was is never written over: amounts converted by it stand.
grant select on ref.exchange_rates to app_read;
grant select, insert on ref.exchange_rates to tributary_system;
create index exchange_rates_loaded on ref.exchange_rates (loaded_at, day);

-- What a connection to an affiliate network is about.
create table affiliate.accounts (
  org_id uuid not null,
  connection_id uuid not null,
  brand text not null references ref.brands (slug),
  label text check (length(label) between 1 and 100),
  time_zone text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  seen_through date,
  base_currency text check (base_currency ~ '^[A-Z]{3}$'),
  rates_seen_at timestamptz not null default '-infinity',
  derive_from date,
  created_at timestamptz not null default now(),
  primary key (org_id, connection_id),
  foreign key (org_id, connection_id) references sync.connections (org_id, id)
);
comment on column affiliate.accounts.time_zone is 'The zone in which the network counts days: a fact''s day stays the network''s day.';
comment on column affiliate.accounts.currency is 'What the network states amounts in, for good; a page in another is refused.';
comment on column affiliate.accounts.seen_through is 'The last day that was read whole after it had ended: what changes there from then on is a restatement.';
comment on column affiliate.accounts.base_currency is 'What base amounts of its facts were last derived in; null: never yet. The organization''s may be another by now.';
comment on column affiliate.accounts.rates_seen_at is 'When the newest rate was loaded that its facts were converted with.';
comment on column affiliate.accounts.derive_from is 'The first day whose base amounts are yet to be derived anew; null: none.';
create index accounts_brand on affiliate.accounts (org_id, brand);
call identity.isolate('affiliate.accounts');
create policy system on affiliate.accounts to tributary_system using (true) with check (true);
grant select on affiliate.accounts to app_read;
grant insert, update (label, time_zone, seen_through, base_currency, rates_seen_at, derive_from) on affiliate.accounts
  to app_write, tributary_api;
grant select, insert, update (label, time_zone) on affiliate.accounts to tributary_system;

-- One row per day and grain. No foreign key: each would cost a fifth of a row, and the run that writes holds the connection's lock.
create table affiliate.stats_daily (
  org_id uuid not null,
  connection_id uuid not null,
  day date not null,
  campaign text not null default '' check (length(campaign) <= 200),
  source text not null default '' check (length(source) <= 200),
  sub_id text not null default '' check (length(sub_id) <= 200),
  brand text not null,
  clicks bigint not null default 0,
  signups bigint not null default 0,
  ftd_count bigint not null default 0,
  deposits_minor bigint not null default 0,
  ggr_minor bigint not null default 0,
  ngr_minor bigint not null default 0,
  commission_minor bigint not null default 0,
  currency text not null,
  base_currency text not null,
  base_deposits_minor bigint,
  base_ggr_minor bigint,
  base_ngr_minor bigint,
  base_commission_minor bigint,
  rate numeric,
  rate_day date,
  rate_source text,
  run_id uuid,
  written_at timestamptz not null default now(),
  primary key (org_id, connection_id, day, campaign, source, sub_id),
  check ((rate is null) = (base_commission_minor is null) and (rate is null) = (base_ngr_minor is null)
    and (rate is null) = (base_ggr_minor is null) and (rate is null) = (base_deposits_minor is null)),
  check ((rate is null) = (rate_day is null) and (rate is null) = (rate_source is null))
) with (fillfactor = 90);
comment on column affiliate.stats_daily.sub_id is 'Empty when the network does not tell it, as campaign and source are.';
comment on column affiliate.stats_daily.rate is 'Units of base_currency for one of currency on rate_day; null while none is known, and then so are the base amounts.';
comment on column affiliate.stats_daily.run_id is 'The run that wrote it last; null for an upload.';
create index stats_daily_day on affiliate.stats_daily (org_id, day desc);
call identity.isolate('affiliate.stats_daily');
grant select on affiliate.stats_daily to app_read;
grant insert, update on affiliate.stats_daily to app_write, tributary_api;

-- Each value of a past day that a network changed afterwards.
create table affiliate.stat_changes (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  day date not null,
  campaign text not null,
  source text not null,
  sub_id text not null,
  metric text not null check (metric in ('clicks', 'signups', 'ftd_count', 'deposits_minor', 'ggr_minor', 'ngr_minor', 'commission_minor')),
  old_value bigint not null,
  new_value bigint not null,
  run_id uuid,
  changed_at timestamptz not null,
  primary key (org_id, id),
  check (old_value <> new_value)
);
create index stat_changes_day on affiliate.stat_changes (org_id, connection_id, day);
call identity.isolate('affiliate.stat_changes');
grant select on affiliate.stat_changes to app_read;
grant insert on affiliate.stat_changes to app_write, tributary_api;
call audit.make_append_only('affiliate.stat_changes');

-- Days whose roll-ups are to be computed anew, written in the transaction that changed them.
create table affiliate.dirty_days (
  org_id uuid not null references identity.organizations (id),
  day date not null,
  marked_at timestamptz not null default now(),
  primary key (org_id, day)
);
call identity.isolate('affiliate.dirty_days');
create policy system on affiliate.dirty_days to tributary_system using (true) with check (true);
grant select on affiliate.dirty_days to app_read;
grant insert, update (marked_at), delete on affiliate.dirty_days to app_write, tributary_api;
grant select on affiliate.dirty_days to tributary_system;
