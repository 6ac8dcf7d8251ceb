-- Deals: what an affiliate was promised for the traffic of a connection, and what that makes of each month.
create table affiliate.deals (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  connection_id uuid not null,
  brand text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  name text not null check (length(name) between 1 and 100),
  campaign text not null default '' check (length(campaign) <= 200),
  source text not null default '' check (length(source) <= 200),
  starts_on date not null,
  ends_on date,
  carry_mode text not null check (carry_mode in ('none', 'carry', 'brand', 'organization')),
  carry_basis text not null check (carry_basis in ('ngr', 'commission')),
  carry_before_tiers boolean not null,
  tolerance_minor bigint check (tolerance_minor >= 0),
  tolerance_bps int check (tolerance_bps between 0 and 10000),
  computed_through date,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, connection_id) references affiliate.accounts (org_id, connection_id),
  check (ends_on >= starts_on),
  check (carry_basis = 'ngr' or not carry_before_tiers),
  check ((tolerance_minor is null) = (tolerance_bps is null))
);
comment on column affiliate.deals.campaign is 'Empty: all of them, those that the network does not name too.';
comment on column affiliate.deals.source is 'Empty: all of them.';
comment on column affiliate.deals.ends_on is 'The last day.';
comment on column affiliate.deals.tolerance_minor is 'How far the network may be from the deal: this or the share, whichever is more. Null: it is not compared.';
comment on column affiliate.deals.computed_through is 'The first day of the last month that was computed.';
create index deals_connection on affiliate.deals (org_id, connection_id);
call identity.isolate('affiliate.deals');
create policy system on affiliate.deals to tributary_system using (true) with check (true);
grant select on affiliate.deals to app_read;
grant insert, update (ends_on, computed_through) on affiliate.deals to tributary_api;
grant update (computed_through) on affiliate.deals to app_write;
grant select (org_id, starts_on, ends_on, computed_through) on affiliate.deals to tributary_system;

-- Terms by the day from which they hold: a change leaves the days before it alone.
create table affiliate.deal_versions (
  org_id uuid not null,
  deal_id uuid not null,
  version int not null check (version > 0),
  effective_from date not null,
  terms jsonb not null,
  created_at timestamptz not null default now(),
  primary key (org_id, deal_id, version),
  unique (org_id, deal_id, effective_from),
  foreign key (org_id, deal_id) references affiliate.deals (org_id, id)
);
call identity.isolate('affiliate.deal_versions');
call audit.make_append_only('affiliate.deal_versions');
grant select on affiliate.deal_versions to app_read;
grant insert on affiliate.deal_versions to tributary_api;

-- Derived from facts and terms, and so replaced when either says something else.
create table affiliate.deal_months (
  org_id uuid not null,
  deal_id uuid not null,
  month date not null check (extract(day from month) = 1),
  first_version int not null,
  last_version int not null,
  ftd_count bigint not null,
  ngr_minor bigint not null,
  cpa_minor bigint not null,
  revenue_share_minor bigint not null,
  flat_minor bigint not null,
  earned_minor bigint not null,
  opening_minor bigint not null check (opening_minor <= 0),
  month_minor bigint not null,
  pooled_minor bigint not null,
  closing_minor bigint not null,
  payable_minor bigint not null check (payable_minor >= 0),
  payable_on date not null,
  reported_minor bigint not null,
  computed_at timestamptz not null,
  primary key (org_id, deal_id, month),
  foreign key (org_id, deal_id) references affiliate.deals (org_id, id),
  check (opening_minor + month_minor + pooled_minor = closing_minor),
  check (earned_minor <= cpa_minor + revenue_share_minor + flat_minor)
);
comment on column affiliate.deal_months.earned_minor is 'What the terms give for the month by itself: what the network''s figure is compared with.';
comment on column affiliate.deal_months.month_minor is 'What the month adds to the balance: its NGR or what it earned, as the deal carries.';
comment on column affiliate.deal_months.pooled_minor is 'What other deals of the pool took from it or gave it: over all of them zero.';
comment on column affiliate.deal_months.reported_minor is 'What the network says was earned.';
create index deal_months_month on affiliate.deal_months (org_id, month);
call identity.isolate('affiliate.deal_months');
grant select on affiliate.deal_months to app_read;
grant insert, update, delete on affiliate.deal_months to app_write, tributary_api;
