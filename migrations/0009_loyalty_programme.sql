-- The points programme: who a customer is by any name, what a reward holds, tiers, corrections by hand, and the record of who did what.

-- Everything a customer is known by. One name is one customer's.
create table loyalty.customer_identities (
  org_id uuid not null,
  kind text not null check (kind in ('external', 'email', 'mobile')),
  provider text not null check ((kind = 'external') = (provider <> '')),
  value text not null check (length(value) between 1 and 320),
  customer_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (org_id, kind, provider, value),
  foreign key (org_id, customer_id) references loyalty.customers (org_id, id)
);
comment on column loyalty.customer_identities.provider is 'Whose id it is when kind is external, else empty.';
comment on column loyalty.customer_identities.value is 'pii: an id at the provider, an e-mail address in lower case, or a number in E.164.';
create index customer_identities_customer on loyalty.customer_identities (org_id, customer_id);
call identity.isolate('loyalty.customer_identities');
grant select on loyalty.customer_identities to app_read;
grant insert, update (customer_id) on loyalty.customer_identities to app_write, tributary_api;

alter table loyalty.customers no force row level security;
alter table loyalty.customer_identities no force row level security;
insert into loyalty.customer_identities (org_id, kind, provider, value, customer_id)
  select org_id, 'external', provider, external_id, id from loyalty.customers;
alter table loyalty.customers force row level security;
alter table loyalty.customer_identities force row level security;
alter table loyalty.customers drop column provider, drop column external_id,
  add merged_into uuid,
  add foreign key (org_id, merged_into) references loyalty.customers (org_id, id),
  add check (merged_into <> id);
comment on column loyalty.customers.merged_into is 'The customer this one turned out to be; never a merged one itself.';
create index customers_merged on loyalty.customers (org_id, merged_into) where merged_into is not null;
grant insert, update (merged_into) on loyalty.customers to tributary_api;
grant update (merged_into) on loyalty.customers to app_write;

alter table loyalty.wallets
  add pending_account_id uuid,
  add merged_into uuid,
  add tier text,
  add tier_expires_at timestamptz,
  add updated_at timestamptz not null default now(),
  add unique (org_id, pending_account_id),
  add foreign key (org_id, pending_account_id) references ledger.accounts (org_id, id),
  add foreign key (org_id, merged_into) references loyalty.wallets (org_id, id),
  add check (merged_into <> id),
  add check (merged_into is null or status = 'frozen');
comment on column loyalty.wallets.pending_account_id is 'Holds points that are seen and not yet spendable; made when the first are.';
comment on column loyalty.wallets.merged_into is 'Where its points went when two customers turned out to be one; never a merged one itself.';
create index wallets_merged on loyalty.wallets (org_id, merged_into) where merged_into is not null;
grant insert on loyalty.wallets to tributary_api;
grant update (status, pending_account_id, merged_into, tier, tier_expires_at, updated_at) on loyalty.wallets to app_write, tributary_api;

-- What wallets hold becomes a lot each, without an end.
alter table ledger.accounts no force row level security;
alter table ledger.entries no force row level security;
alter table ledger.lots no force row level security;
insert into ledger.lots (org_id, account_id, ref, amount, remaining)
  select a.org_id, a.id, e.posting_id, a.balance, a.balance
  from ledger.accounts a join ledger.entries e on e.account_id = a.id and e.version = a.version
  where a.kind = 'wallet' and a.code like 'wallet:%' and a.balance > 0;
update ledger.accounts set keeps_lots = true where kind = 'wallet' and code like 'wallet:%';
alter table ledger.accounts force row level security;
alter table ledger.entries force row level security;
alter table ledger.lots force row level security;

alter table loyalty.transactions
  add tax_minor bigint check (tax_minor >= 0),
  add contact_email text,
  add contact_mobile text,
  add linked_customer_id uuid,
  add foreign key (org_id, linked_customer_id) references loyalty.customers (org_id, id);
comment on column loyalty.transactions.tax_minor is 'Part of amount_minor; null when the provider did not say.';
comment on column loyalty.transactions.contact_email is 'pii: normalised';
comment on column loyalty.transactions.contact_mobile is 'pii: E.164';
comment on column loyalty.transactions.linked_customer_id is 'Whom an anonymous sale turned out to be by; the provider''s word goes first.';
create index transactions_unlinked_email on loyalty.transactions (org_id, contact_email)
  where customer_id is null and linked_customer_id is null and contact_email is not null;
create index transactions_unlinked_mobile on loyalty.transactions (org_id, contact_mobile)
  where customer_id is null and linked_customer_id is null and contact_mobile is not null;
create index transactions_linked on loyalty.transactions (org_id, linked_customer_id, transaction_at desc, id desc)
  where linked_customer_id is not null;
grant update (linked_customer_id) on loyalty.transactions to tributary_api;

alter table loyalty.reward_events
  drop constraint reward_events_kind_check, drop constraint reward_events_points_check,
  add check (kind in ('earn', 'clawback', 'return')),
  alter posting_id drop not null,
  add waived bigint not null default 0,
  add check (points <> 0 or waived <> 0),
  add check ((posting_id is null) = (points = 0));
comment on column loyalty.reward_events.waived is
  'Points of the same sign as they would have moved, and did not: over a limit, or to be taken back from who spent them.';
comment on column loyalty.reward_events.posting_id is 'Of the ledger; null when nothing moved.';
grant insert on loyalty.reward_events to tributary_api;

-- A reward holds points until the till redeems or deletes it.
create table loyalty.rewards (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  wallet_id uuid not null,
  rule_id uuid not null,
  hold_id uuid not null,
  points bigint not null check (points > 0),
  value_minor bigint not null check (value_minor > 0),
  basket_minor bigint not null check (basket_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null default 'issued' check (status in ('issued', 'redeemed', 'deleted')),
  deleted_because text check (deleted_because in ('asked', 'expired')),
  applied_as text check (applied_as in ('discount', 'tender')),
  provider text,
  provider_transaction_id text,
  posting_id uuid,
  issued_by text not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  resolved_by text,
  resolved_at timestamptz,
  primary key (org_id, id),
  unique (org_id, hold_id),
  foreign key (org_id, wallet_id) references loyalty.wallets (org_id, id),
  foreign key (org_id, rule_id) references loyalty.reward_rules (org_id, id),
  foreign key (org_id, hold_id) references ledger.holds (org_id, id),
  check ((status = 'issued') = (resolved_at is null)),
  check ((status = 'deleted') = (deleted_because is not null)),
  check ((status = 'redeemed') = (posting_id is not null) and (status = 'redeemed') = (applied_as is not null)),
  check ((provider is null) = (provider_transaction_id is null))
);
comment on column loyalty.rewards.applied_as is
  'discount: the amount of the sale was lowered by it. tender: it paid part of the amount, which earns nothing.';
comment on column loyalty.rewards.provider_transaction_id is 'The sale it was used on. Not a foreign key: the sale may be told later.';
comment on column loyalty.rewards.posting_id is 'Of the points spent.';
create index rewards_wallet on loyalty.rewards (org_id, wallet_id, id desc);
create index rewards_recent on loyalty.rewards (org_id, id desc);
create index rewards_sale on loyalty.rewards (org_id, provider, provider_transaction_id) where provider_transaction_id is not null;
call identity.isolate('loyalty.rewards');
grant select on loyalty.rewards to app_read;
grant insert on loyalty.rewards to tributary_api;
grant update (status, deleted_because, applied_as, provider, provider_transaction_id, posting_id, resolved_by, resolved_at)
  on loyalty.rewards to tributary_api, app_write;

create function loyalty.refuse_transition() returns trigger
  language plpgsql set search_path = '' as $$
begin
  raise exception 'reward % is % already', old.id, old.status using errcode = 'LB004';
end $$;
create trigger resolved_once before update or delete on loyalty.rewards for each row
  when (old.status <> 'issued') execute function loyalty.refuse_transition();

-- Corrections by hand.
create table loyalty.adjustments (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  wallet_id uuid not null,
  points bigint not null check (points <> 0),
  reason text not null check (length(reason) between 1 and 500),
  actor text not null,
  posting_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, posting_id),
  foreign key (org_id, wallet_id) references loyalty.wallets (org_id, id)
);
call identity.isolate('loyalty.adjustments');
call audit.make_append_only('loyalty.adjustments');
grant select on loyalty.adjustments to app_read;
grant insert on loyalty.adjustments to tributary_api;

-- Tiers: the newest version of the settings holds.
create table loyalty.tier_settings (
  org_id uuid not null references identity.organizations (id),
  version int not null check (version > 0),
  config jsonb not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (org_id, version)
);
call identity.isolate('loyalty.tier_settings');
call audit.make_append_only('loyalty.tier_settings');
grant select on loyalty.tier_settings to app_read;
grant insert on loyalty.tier_settings to tributary_api;

create table loyalty.tier_changes (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  wallet_id uuid not null,
  from_tier text,
  to_tier text not null,
  score bigint not null,
  changed_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, wallet_id) references loyalty.wallets (org_id, id)
);
create index tier_changes_wallet on loyalty.tier_changes (org_id, wallet_id, id desc);
call identity.isolate('loyalty.tier_changes');
call audit.make_append_only('loyalty.tier_changes');
grant select on loyalty.tier_changes to app_read;
grant insert on loyalty.tier_changes to app_write, tributary_api;

-- Sales of one customer in such number that somebody should look.
create table loyalty.velocity_alerts (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  wallet_id uuid not null,
  hour timestamptz not null,
  sales int not null check (sales > 0),
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, wallet_id, hour),
  foreign key (org_id, wallet_id) references loyalty.wallets (org_id, id)
);
comment on column loyalty.velocity_alerts.sales is 'How many there were when the limit was passed.';
call identity.isolate('loyalty.velocity_alerts');
grant select on loyalty.velocity_alerts to app_read;
grant insert on loyalty.velocity_alerts to app_write;

-- The daily job of an organization: one row per business day it was run for.
create table loyalty.daily_runs (
  org_id uuid not null references identity.organizations (id),
  day date not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  counts jsonb,
  primary key (org_id, day)
);
comment on column loyalty.daily_runs.day is 'In the organization''s time zone: the day that began when the run fell due.';
call identity.isolate('loyalty.daily_runs');
create policy system on loyalty.daily_runs to tributary_system using (true) with check (true);
grant select on loyalty.daily_runs to app_read, tributary_system;
grant insert, update (finished_at, counts) on loyalty.daily_runs to app_write;
grant usage on schema loyalty, ledger to tributary_system;
grant select (org_id, expires_at, status) on ledger.holds to tributary_system;

-- Who did what. Written in the transaction of what was done.
create table audit.records (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  actor text not null,
  action text not null,
  target_type text not null,
  target_id uuid not null,
  reason text,
  before jsonb,
  after jsonb,
  created_at timestamptz not null default now(),
  primary key (org_id, id)
);
create index records_recent on audit.records (org_id, id desc);
create index records_actor on audit.records (org_id, actor, id desc);
create index records_target on audit.records (org_id, target_type, target_id, id desc);
call identity.isolate('audit.records');
call audit.make_append_only('audit.records');
grant usage on schema audit to app_read, app_write, tributary_api;
grant select on audit.records to app_read;
grant insert on audit.records to app_write, tributary_api;

-- The first answer to a request that moves something, for as long as it may be sent again.
create table identity.idempotency_keys (
  org_id uuid not null references identity.organizations (id),
  key text not null check (length(key) between 1 and 255),
  operation text not null,
  request_hash bytea not null,
  response text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '30 days',
  primary key (org_id, key)
);
create index idempotency_keys_expired on identity.idempotency_keys (org_id, expires_at);
call identity.isolate('identity.idempotency_keys');
grant select on identity.idempotency_keys to app_read;
grant insert on identity.idempotency_keys to tributary_api;
grant delete on identity.idempotency_keys to app_write;

drop view loyalty.wallet_ledger;
create view loyalty.wallet_ledger with (security_invoker = true) as
select e.org_id, w.id as wallet_id, e.version,
  case when e.amount > 0 then 'credit' else 'debit' end as entry_type,
  abs(e.amount) as points, e.balance_after, p.kind, p.id as posting_id, a.reason as description,
  r.transaction_id as source_transaction_id, t.provider, t.provider_transaction_id, a.actor as created_by_admin,
  p.effective_at, p.recorded_at as created_at
from loyalty.wallets w
join ledger.entries e on e.org_id = w.org_id and e.account_id = w.account_id
join ledger.postings p on p.org_id = e.org_id and p.id = e.posting_id
left join loyalty.reward_events r on r.org_id = e.org_id and r.posting_id = e.posting_id
left join loyalty.transactions t on t.org_id = r.org_id and t.id = r.transaction_id
left join loyalty.adjustments a on a.org_id = e.org_id and a.posting_id = e.posting_id;
grant select on loyalty.wallet_ledger to app_read;

-- Of rewards: those that fall due, what a wallet redeemed today, and the list by status.
create index rewards_due on loyalty.rewards (org_id, expires_at, id) where status = 'issued';
create index rewards_of_day on loyalty.rewards (org_id, wallet_id, expires_at);
create index rewards_status on loyalty.rewards (org_id, status, id desc);

-- A key that is expired may name another request.
grant update (operation, request_hash, response, created_at, expires_at) on identity.idempotency_keys to tributary_api;

-- Of a wallet: the list of what was corrected by hand.
create index adjustments_wallet on loyalty.adjustments (org_id, wallet_id, id desc);

-- Registering a customer or unfreezing a wallet settles sales as applying facts does.
grant update (updated_at) on loyalty.transactions to tributary_api;
grant insert on loyalty.velocity_alerts to tributary_api;

-- The sweep for holds whose time has passed looks at all organizations, the daily job at what its organization's frozen wallets hold.
create index holds_expiring on ledger.holds (expires_at, org_id) where status = 'pending';
create index wallets_frozen on loyalty.wallets (org_id) include (account_id, pending_account_id) where status = 'frozen' and merged_into is null;
-- A daily run that is taken up again is not sent again for an hour.
grant update (started_at) on loyalty.daily_runs to app_write;
