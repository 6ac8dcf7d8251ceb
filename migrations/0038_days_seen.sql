-- Which days of an account were read whole after they had ended. The last one alone does not tell: the newest days are read first, and
-- where earlier ones are still missing, what comes of them is no restatement.
alter table affiliate.accounts add column seen_days datemultirange not null default '{}';
comment on column affiliate.accounts.seen_days is 'Days that were read whole after they had ended: what changes there from then on is a restatement.';
comment on column affiliate.accounts.seen_through is 'The last of seen_days.';
grant update (seen_days) on affiliate.accounts to app_write, tributary_api;

comment on column affiliate.rollups.base_currency is 'What the amounts are in: the organization''s, or the one that all of these facts still stand in.';

alter table affiliate.accounts no force row level security;
update affiliate.accounts set seen_days = datemultirange(daterange(null, seen_through, '[]')) where seen_through is not null;
alter table affiliate.accounts force row level security;
