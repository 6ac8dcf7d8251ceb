-- Points on sales: what was sold and given back, under which rule, to whose wallet.
create table loyalty.reward_rules (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  version int not null check (version > 0),
  config jsonb not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  is_active boolean not null default false,
  effective_from timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, version),
  check (not is_active or effective_from is not null)
);
create unique index reward_rules_active on loyalty.reward_rules (org_id) where is_active;
create index reward_rules_in_force on loyalty.reward_rules (org_id, effective_from desc, version desc) where effective_from is not null;
call identity.isolate('loyalty.reward_rules');
grant select on loyalty.reward_rules to app_read;
grant insert, update (is_active, effective_from) on loyalty.reward_rules to tributary_api;

create table loyalty.customers (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  provider text not null,
  external_id text not null,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, provider, external_id)
);
comment on column loyalty.customers.external_id is 'pii: the provider''s id of the customer';
call identity.isolate('loyalty.customers');
grant select on loyalty.customers to app_read;
grant insert on loyalty.customers to app_write;

create table loyalty.wallets (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  customer_id uuid not null,
  account_id uuid not null,
  status text not null default 'active' check (status in ('active', 'frozen')),
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, customer_id),
  unique (org_id, account_id),
  foreign key (org_id, customer_id) references loyalty.customers (org_id, id),
  foreign key (org_id, account_id) references ledger.accounts (org_id, id)
);
call identity.isolate('loyalty.wallets');
grant select on loyalty.wallets to app_read;
grant insert on loyalty.wallets to app_write;

create table loyalty.transactions (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  provider text not null,
  provider_transaction_id text not null,
  status text not null check (status in ('pending', 'completed', 'cancelled', 'failed')),
  amount_minor bigint not null check (amount_minor >= 0),
  tip_minor bigint not null check (tip_minor >= 0),
  refunded_minor bigint not null check (refunded_minor >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  customer_id uuid,
  customer_ref jsonb,
  line_items jsonb,
  transaction_at timestamptz not null,
  provider_version timestamptz not null,
  content_hash bytea not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, provider, provider_transaction_id),
  foreign key (org_id, customer_id) references loyalty.customers (org_id, id)
) with (fillfactor = 80);
comment on column loyalty.transactions.customer_ref is 'pii: kept on anonymous sales so that they can be linked later';
create index transactions_timeline on loyalty.transactions (org_id, transaction_at desc, id desc);
create index transactions_customer on loyalty.transactions (org_id, customer_id, transaction_at desc, id desc);
call identity.isolate('loyalty.transactions');
grant select on loyalty.transactions to app_read;
grant insert, update on loyalty.transactions to app_write;

create table loyalty.refunds (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  provider text not null,
  provider_refund_id text not null,
  provider_transaction_id text not null,
  status text not null check (status in ('pending', 'completed', 'rejected', 'failed')),
  amount_minor bigint not null check (amount_minor >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  provider_version timestamptz not null,
  content_hash bytea not null,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, provider, provider_refund_id)
);
comment on column loyalty.refunds.provider_transaction_id is 'Not a foreign key: a refund may be told before its payment.';
create index refunds_transaction on loyalty.refunds (org_id, provider, provider_transaction_id);
call identity.isolate('loyalty.refunds');
grant select on loyalty.refunds to app_read;
grant insert, update on loyalty.refunds to app_write;

create table loyalty.reward_events (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  wallet_id uuid not null,
  transaction_id uuid not null,
  rule_id uuid not null,
  kind text not null check (kind in ('earn', 'clawback')),
  points bigint not null check (points <> 0),
  posting_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, posting_id),
  foreign key (org_id, wallet_id) references loyalty.wallets (org_id, id),
  foreign key (org_id, transaction_id) references loyalty.transactions (org_id, id),
  foreign key (org_id, rule_id) references loyalty.reward_rules (org_id, id),
  foreign key (org_id, posting_id) references ledger.postings (org_id, id)
);
create index reward_events_transaction on loyalty.reward_events (org_id, transaction_id);
call identity.isolate('loyalty.reward_events');
call audit.make_append_only('loyalty.reward_events');
grant select on loyalty.reward_events to app_read;
grant insert on loyalty.reward_events to app_write;

-- The ledger of a wallet in the shape people ask for it: always positive points, a side, a reason, and the sale behind it.
create view loyalty.wallet_ledger with (security_invoker = true) as
select e.org_id, w.id as wallet_id, e.version,
  case when e.amount > 0 then 'credit' else 'debit' end as entry_type,
  abs(e.amount) as points, e.balance_after, p.kind, p.id as posting_id,
  r.transaction_id as source_transaction_id, t.provider, t.provider_transaction_id, p.effective_at, p.created_at
from loyalty.wallets w
join ledger.entries e on e.org_id = w.org_id and e.account_id = w.account_id
join ledger.postings p on p.org_id = e.org_id and p.id = e.posting_id
left join loyalty.reward_events r on r.org_id = e.org_id and r.posting_id = e.posting_id
left join loyalty.transactions t on t.org_id = r.org_id and t.id = r.transaction_id;
grant select on loyalty.wallet_ledger to app_read;
