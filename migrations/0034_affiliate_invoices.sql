-- Sub-affiliates: whose traffic is whose, on which terms, and the invoices of what they earned. An issued invoice never changes: what a
-- network restates afterwards is a line of a later one.
create table affiliate.sub_affiliates (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  name text not null check (length(name) between 1 and 200),
  email text check (length(email) between 3 and 254),
  payment_terms text not null check (payment_terms in ('net7', 'net15', 'net30', 'net60', 'manual')),
  carries_negative boolean not null,
  status text not null default 'active' check (status in ('active', 'archived')),
  billed bigint not null default 0 check (billed >= 0),
  created_at timestamptz not null default now(),
  primary key (org_id, id)
) with (fillfactor = 70);
comment on column affiliate.sub_affiliates.name is 'pii: of a person, where it is one.';
comment on column affiliate.sub_affiliates.email is 'pii: where to reach them.';
comment on column affiliate.sub_affiliates.carries_negative is 'Whether an invoice below zero lowers the next one. Otherwise it is forgiven.';
comment on column affiliate.sub_affiliates.billed is 'How often an invoice of theirs was issued or voided: a draft from before that is out of date.';
call identity.isolate('affiliate.sub_affiliates');
grant select on affiliate.sub_affiliates to app_read;
grant insert, update (name, email, payment_terms, carries_negative, status, billed) on affiliate.sub_affiliates to tributary_api;

-- What they get, from a day on. What was said last counts from its day on, whatever was said before.
create table affiliate.sub_affiliate_terms (
  org_id uuid not null,
  sub_affiliate_id uuid not null,
  version int not null check (version > 0),
  effective_from date not null,
  share_bps int check (share_bps between 0 and 10000),
  cpa_minor bigint check (cpa_minor between 0 and 1000000000000),
  currency text check (currency ~ '^[A-Z]{3}$'),
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (org_id, sub_affiliate_id, version),
  foreign key (org_id, sub_affiliate_id) references affiliate.sub_affiliates (org_id, id),
  check (num_nonnulls(share_bps, cpa_minor) = 1),
  check ((cpa_minor is null) = (currency is null))
);
comment on column affiliate.sub_affiliate_terms.share_bps is 'Hundredths of a percent of the commission on their traffic, in its currency.';
comment on column affiliate.sub_affiliate_terms.cpa_minor is 'For each first deposit of their traffic, in this currency whatever that of the traffic.';
comment on column affiliate.sub_affiliate_terms.created_by is 'pii: the subject of who did it.';
call identity.isolate('affiliate.sub_affiliate_terms');
grant select on affiliate.sub_affiliate_terms to app_read;
grant insert on affiliate.sub_affiliate_terms to tributary_api;
call audit.make_append_only('affiliate.sub_affiliate_terms');

-- Which traffic is theirs. Of several that claim a fact the most particular one has it (packages/docs/affiliate-invoices.md).
create table affiliate.sub_affiliate_traffic (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  sub_affiliate_id uuid not null,
  connection_id uuid,
  dimension text not null check (dimension in ('sub_id', 'source', 'campaign')),
  value text not null check (length(value) between 1 and 200),
  is_prefix boolean not null,
  from_day date not null,
  until_day date check (until_day >= from_day - 1),
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, sub_affiliate_id) references affiliate.sub_affiliates (org_id, id),
  foreign key (org_id, connection_id) references affiliate.accounts (org_id, connection_id),
  check (not is_prefix or dimension = 'sub_id')
);
comment on column affiliate.sub_affiliate_traffic.connection_id is 'Null: of every connection.';
comment on column affiliate.sub_affiliate_traffic.until_day is 'The last day; the day before the first for one that never counted.';
create unique index sub_affiliate_traffic_open on affiliate.sub_affiliate_traffic (org_id, dimension, value, is_prefix, connection_id)
  nulls not distinct where until_day is null;
create index sub_affiliate_traffic_owner on affiliate.sub_affiliate_traffic (org_id, sub_affiliate_id, id);
create index sub_affiliate_traffic_account on affiliate.sub_affiliate_traffic (org_id, connection_id);
call identity.isolate('affiliate.sub_affiliate_traffic');
grant select on affiliate.sub_affiliate_traffic to app_read;
grant insert, update (until_day) on affiliate.sub_affiliate_traffic to tributary_api;

create table affiliate.invoices (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  sub_affiliate_id uuid not null,
  month date not null check (extract(day from month) = 1),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null default 'draft' check (status in ('draft', 'issued', 'paid', 'void')),
  total_minor bigint not null default 0 check (total_minor >= 0),
  billed bigint not null,
  computed_at timestamptz not null,
  number int check (number > 0),
  issued_at timestamptz,
  issued_on date,
  due_on date,
  issuer_name text,
  payee_name text,
  posting_id uuid,
  paid_at timestamptz,
  payment_id uuid,
  voided_at timestamptz,
  reversal_id uuid,
  primary key (org_id, id),
  unique (org_id, number),
  foreign key (org_id, sub_affiliate_id) references affiliate.sub_affiliates (org_id, id),
  check ((status = 'draft') = (number is null) and (number is null) = (issued_at is null)
    and (number is null) = (issued_on is null) and (number is null) = (issuer_name is null) and (number is null) = (payee_name is null)),
  check (number is not null or (due_on is null and posting_id is null)),
  check ((posting_id is not null) = (number is not null and total_minor > 0)),
  check ((status = 'paid') = (paid_at is not null) and (payment_id is not null) = (status = 'paid' and total_minor > 0)),
  check ((status = 'void') = (voided_at is not null) and (reversal_id is not null) = (status = 'void' and total_minor > 0))
) with (fillfactor = 70);
comment on column affiliate.invoices.billed is 'affiliate.sub_affiliates.billed when it was computed.';
comment on column affiliate.invoices.number is 'From 1 without a gap, drawn when it is issued, and kept when it is void.';
comment on column affiliate.invoices.issuer_name is 'As the organization was called when it was issued, as payee_name is.';
comment on column affiliate.invoices.payee_name is 'pii: part of what was issued, so it stays as long as the invoice.';
comment on column affiliate.invoices.due_on is 'Null: whenever both agree.';
create unique index invoices_live on affiliate.invoices (org_id, sub_affiliate_id, month, currency) where status <> 'void';
create index invoices_sub_affiliate on affiliate.invoices (org_id, sub_affiliate_id, id);
create index invoices_status on affiliate.invoices (org_id, status, id);
call identity.isolate('affiliate.invoices');
grant select on affiliate.invoices to app_read;
grant insert (org_id, sub_affiliate_id, month, currency, total_minor, billed, computed_at), update (status, total_minor, billed, computed_at,
  number, issued_at, issued_on, due_on, issuer_name, payee_name, posting_id, paid_at, payment_id, voided_at, reversal_id), delete
  on affiliate.invoices to tributary_api;

create table affiliate.invoice_lines (
  org_id uuid not null,
  invoice_id uuid not null,
  position int not null check (position > 0),
  kind text not null check (kind in ('commission', 'adjustment', 'carried_in', 'carried_out', 'waived')),
  connection_id uuid,
  brand text,
  month date check (extract(day from month) = 1),
  basis_minor bigint,
  share_bps int,
  ftd_count bigint,
  cpa_minor bigint,
  due_minor bigint,
  invoiced_minor bigint,
  amount_minor bigint not null,
  primary key (org_id, invoice_id, position),
  foreign key (org_id, invoice_id) references affiliate.invoices (org_id, id),
  foreign key (org_id, connection_id) references affiliate.accounts (org_id, connection_id),
  check (num_nonnulls(connection_id, brand, month) = case when kind in ('commission', 'adjustment') then 3 else 0 end),
  check (case kind when 'commission' then num_nonnulls(basis_minor, share_bps) in (0, 2) and num_nonnulls(ftd_count, cpa_minor) in (0, 2)
    and num_nonnulls(share_bps, cpa_minor) = 1 else num_nonnulls(basis_minor, share_bps, ftd_count, cpa_minor) = 0 end),
  check (case kind when 'adjustment' then num_nonnulls(due_minor, invoiced_minor) = 2 and amount_minor = due_minor - invoiced_minor
    else num_nonnulls(due_minor, invoiced_minor) = 0 end),
  check (kind not in ('carried_out', 'waived') or amount_minor > 0)
);
comment on column affiliate.invoice_lines.basis_minor is 'What share_bps is of, where ftd_count is what cpa_minor is for each of.';
comment on column affiliate.invoice_lines.due_minor is 'What the month comes to by now; invoiced_minor is what was invoiced of it before.';
create index invoice_lines_account on affiliate.invoice_lines (org_id, connection_id);
call identity.isolate('affiliate.invoice_lines');
grant select on affiliate.invoice_lines to app_read;
grant insert, delete on affiliate.invoice_lines to tributary_api;

-- The last number of each organization: the row is locked until whoever drew it commits, so one that is not used is drawn again.
create table affiliate.invoice_numbers (
  org_id uuid primary key references identity.organizations (id),
  last_number int not null check (last_number > 0)
) with (fillfactor = 50);
call identity.isolate('affiliate.invoice_numbers');
grant select on affiliate.invoice_numbers to app_read;
grant insert, update (last_number) on affiliate.invoice_numbers to tributary_api;
create trigger moves_on before update on affiliate.invoice_numbers for each row
  when (new.org_id <> old.org_id or new.last_number <> old.last_number + 1) execute function audit.refuse_change();
create trigger kept before delete on affiliate.invoice_numbers for each row execute function audit.refuse_change();
create trigger kept_truncate before truncate on affiliate.invoice_numbers for each statement execute function audit.refuse_change();

-- What was issued moves on to paid or void and changes in nothing else; what is issued is the sum of its lines. For the owner too.
create function affiliate.keep_issued_invoice() returns trigger
  language plpgsql set search_path = '' as $$
declare
  moves constant text[] := array['status', 'paid_at', 'payment_id', 'voided_at', 'reversal_id'];
begin
  if old.status = 'draft' and tg_op = 'DELETE' then
    return old;
  end if;
  if old.status = 'draft' and new.status = 'draft' then
    return new;
  end if;
  if old.status = 'draft' and new.status = 'issued' and new.total_minor = (
    select sum(l.amount_minor) from affiliate.invoice_lines l where l.org_id = new.org_id and l.invoice_id = new.id) then
    return new;
  end if;
  if old.status = 'issued' and tg_op = 'UPDATE' and new.status in ('paid', 'void') and to_jsonb(old) - moves = to_jsonb(new) - moves then
    return new;
  end if;
  raise exception 'an issued invoice never changes, and is the sum of its lines' using errcode = '42501';
end $$;
create trigger keeps_issued before update or delete on affiliate.invoices
  for each row execute function affiliate.keep_issued_invoice();
create trigger kept_truncate before truncate on affiliate.invoices for each statement execute function audit.refuse_change();

-- Waits for whoever issues the invoice just then, and finds it issued.
create function affiliate.keep_issued_lines() returns trigger
  language plpgsql set search_path = '' as $$
declare
  line affiliate.invoice_lines := case when tg_op = 'DELETE' then old else new end;
  standing text;
begin
  select i.status into standing from affiliate.invoices i where i.org_id = line.org_id and i.id = line.invoice_id for share;
  if standing is distinct from 'draft' then
    raise exception 'the lines of an issued invoice never change' using errcode = '42501';
  end if;
  return line;
end $$;
create trigger keeps_issued before insert or delete on affiliate.invoice_lines
  for each row execute function affiliate.keep_issued_lines();
create trigger replaced_only before update on affiliate.invoice_lines for each row execute function audit.refuse_change();
create trigger kept_truncate before truncate on affiliate.invoice_lines for each statement execute function audit.refuse_change();
