-- Consumers: people who buy, members of no organization. One sees the wallets that merchants keep under a contact they have proven to be
-- theirs, at whichever merchant, and of these no more than is shown to them.
--
-- tributary_consumer is bound by row-level security through app.consumer_email and app.consumer_mobile, which hold contacts in the
-- spelling of loyalty.customer_identities; an empty one is nobody's. It is in no group, so no organization is ever its own.
do $$ begin
  if not exists (select from pg_roles where rolname = 'tributary_consumer') then
    create role tributary_consumer login;
  end if;
  execute format('grant connect on database %I to tributary_consumer', current_database());
end $$;
alter role tributary_consumer set statement_timeout = '10s';
alter role tributary_consumer set idle_in_transaction_session_timeout = '15s';
grant usage on schema identity, ledger, loyalty to tributary_consumer;

-- A contact is looked up in all organizations at once.
create index customer_identities_contact on loyalty.customer_identities (value, kind) where kind <> 'external';

-- Everything follows from whose contact it is: each policy asks for a row of the table before, which has its own policy. Of names the
-- consumer is granted the customer's id alone; what the policy compares it may not select. Names are asked for with IN, which looks them
-- up by contact, once; correlated, the planner may look through all names of an organization. The rest is correlated, by unique keys.
create policy consumer on loyalty.customer_identities for select to tributary_consumer using (
  kind = 'email' and value = (select nullif(current_setting('app.consumer_email', true), ''))
  or kind = 'mobile' and value = (select nullif(current_setting('app.consumer_mobile', true), '')));
grant select (org_id, customer_id) on loyalty.customer_identities to tributary_consumer;

create policy consumer on identity.organizations for select to tributary_consumer using (
  id in (select i.org_id from loyalty.customer_identities i));
grant select (id, name) on identity.organizations to tributary_consumer;

create policy consumer on loyalty.wallets for select to tributary_consumer using (
  (org_id, customer_id) in (select i.org_id, i.customer_id from loyalty.customer_identities i));
grant select (org_id, id, customer_id, account_id, pending_account_id, status, tier) on loyalty.wallets to tributary_consumer;

create policy consumer on ledger.accounts for select to tributary_consumer using (exists (
  select from loyalty.wallets w
  where w.org_id = accounts.org_id and (w.account_id = accounts.id or w.pending_account_id = accounts.id)));
grant select (org_id, id, balance, pending_debits) on ledger.accounts to tributary_consumer;

create policy consumer on ledger.entries for select to tributary_consumer using (exists (
  select from loyalty.wallets w where w.org_id = entries.org_id and w.account_id = entries.account_id));
grant select (org_id, account_id, version, posting_id, amount, balance_after) on ledger.entries to tributary_consumer;

create policy consumer on ledger.postings for select to tributary_consumer using (exists (
  select from ledger.entries e where e.org_id = postings.org_id and e.posting_id = postings.id));
grant select (org_id, id, kind, effective_at) on ledger.postings to tributary_consumer;

create policy consumer on ledger.lots for select to tributary_consumer using (exists (
  select from loyalty.wallets w where w.org_id = lots.org_id and w.account_id = lots.account_id));
grant select (org_id, account_id, remaining, expires_at) on ledger.lots to tributary_consumer;
