-- What the facts of a day add up to, in all and by what they tell apart: what dashboards read. Written from the facts alone, whenever a day
-- of theirs was marked in affiliate.dirty_days.
create table affiliate.rollups (
  org_id uuid not null,
  dimension text not null check (dimension in ('total', 'brand', 'connection', 'campaign', 'source', 'sub_id')),
  day date not null,
  value text not null,
  clicks bigint not null,
  signups bigint not null,
  ftd_count bigint not null,
  deposits_minor bigint not null,
  ggr_minor bigint not null,
  ngr_minor bigint not null,
  commission_minor bigint not null,
  base_currency text not null,
  row_count bigint not null,
  rows_unconverted bigint not null check (rows_unconverted between 0 and row_count),
  -- The day before the value: what is read is a span of days, of one value or of all.
  primary key (org_id, dimension, day, value)
) with (fillfactor = 80);
comment on column affiliate.rollups.value is 'Of the dimension: a brand''s slug, a connection''s id, a name of the network''s; empty for the total and for what it does not tell.';
comment on column affiliate.rollups.base_currency is 'What the amounts are in: the organization''s when they were added up.';
comment on column affiliate.rollups.row_count is 'Facts that were added up.';
comment on column affiliate.rollups.rows_unconverted is 'Those of them without amounts in base_currency: the amounts miss them, the counts do not.';
call identity.isolate('affiliate.rollups');
grant select on affiliate.rollups to app_read;
grant insert, delete, update (clicks, signups, ftd_count, deposits_minor, ggr_minor, ngr_minor, commission_minor, base_currency, row_count, rows_unconverted)
  on affiliate.rollups to app_write;
