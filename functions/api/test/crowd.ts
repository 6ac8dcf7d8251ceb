import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';

/** How many of everything an organization of the crowd has. */
export const crowd = 10_000;

// Past the verbs: what is measured is reading, and this many facts one by one would take minutes.
const statements = [
  `insert into identity.organizations (name) select 'neighbour of ' || $1::uuid from generate_series(1, $2::int)`,
  `insert into loyalty.reward_rules (org_id, version, config, currency, effective_from, created_by)
   select $1, n, '{"conversionRate":1,"minSpendMinorUnits":0,"maxPointsPerTransaction":null,"minBalanceToRedeem":0,
     "maxRedemptionPercentage":100,"roundingPolicy":"floor"}', 'USD', now(), 'crowd' from generate_series(1, $2::int) n`,
  `insert into loyalty.customers (org_id) select $1 from generate_series(1, $2::int)`,
  `insert into loyalty.customer_identities (org_id, kind, provider, value, customer_id)
   select $1, kind, provider, 'customer ' || n || kind, id
   from (select id, row_number() over (order by id) as n from loyalty.customers where org_id = $1 limit $2) c,
     (values ('external', 'square'), ('email', '')) as name (kind, provider)`,
  `insert into ledger.accounts (org_id, code, unit, kind) select $1, 'wallet:' || id, 'points', 'wallet' from loyalty.customers where org_id = $1 limit $2`,
  `insert into loyalty.wallets (org_id, customer_id, account_id)
   select c.org_id, c.id, a.id from loyalty.customers c join ledger.accounts a on a.org_id = c.org_id and a.code = 'wallet:' || c.id
   where c.org_id = $1 order by c.id limit $2`,
  // The oldest customers turned out to be the newest one.
  `update loyalty.customers c set merged_into = known.ids[$2] from (select array_agg(id order by id) as ids from loyalty.customers where org_id = $1) known
   where c.org_id = $1 and c.id = any (known.ids[1:2])`,
  // Half of the sales are by the newest customer, every other one by our word, so that one wallet has a long ledger; the others by one each.
  `insert into loyalty.transactions (org_id, provider, provider_transaction_id, status, amount_minor, tip_minor, refunded_minor,
     currency, customer_id, linked_customer_id, transaction_at, provider_version, content_hash)
   select $1, 'square', 'sale ' || n, 'completed', 100, 0, 0, 'USD', case n % 4 when 0 then c.ids[$2] when 2 then null else c.ids[n] end,
     case n % 4 when 2 then c.ids[$2] end,
     timestamptz '2026-01-01' + interval '1 minute' * n, now(), '' from generate_series(1, $2::int) n,
     (select array_agg(id order by id) as ids from loyalty.customers where org_id = $1) c`,
  `insert into loyalty.refunds (org_id, provider, provider_refund_id, provider_transaction_id, status, amount_minor, currency,
     provider_version, content_hash)
   select org_id, provider, 'refund of ' || provider_transaction_id, provider_transaction_id, 'completed', 1, 'USD', now(), ''
   from loyalty.transactions where org_id = $1 limit $2`,
  `insert into ledger.accounts (org_id, code, unit, kind) select $1, 'liability:points', 'points', 'liability' where $2 > 0`,
  `insert into ledger.postings (org_id, id, key, request_hash, kind, effective_at, recorded_at)
   select $1, t.id, t.id::text, '', 'earn', t.transaction_at, now() from loyalty.transactions t where t.org_id = $1 limit $2`,
  `insert into loyalty.reward_events (org_id, wallet_id, transaction_id, rule_id, kind, points, posting_id)
   select $1, w.id, t.id, rule.id, 'earn', 1, t.id
   from loyalty.transactions t join loyalty.wallets w on w.org_id = t.org_id and w.customer_id = coalesce(t.customer_id, t.linked_customer_id),
     (select id from loyalty.reward_rules where org_id = $1 limit 1) rule
   where t.org_id = $1 limit $2`,
  `with leg as (
     select t.id as posting, side.account, side.points
     from loyalty.transactions t
     join loyalty.wallets w on w.org_id = t.org_id and w.customer_id = coalesce(t.customer_id, t.linked_customer_id)
     join ledger.accounts l on l.org_id = t.org_id and l.kind = 'liability',
     lateral (values (w.account_id, 1), (l.id, -1)) as side (account, points) where t.org_id = $1 limit 2 * $2::int
   ), moved as (
     update ledger.accounts a set version = d.entries, balance = d.points
     from (select account, count(*) as entries, sum(points) as points from leg group by account) d
     where a.org_id = $1 and a.id = d.account
   )
   insert into ledger.entries (org_id, account_id, version, posting_id, amount, balance_after)
   select $1, account, row_number() over running, posting, points, sum(points) over running
   from leg window running as (partition by account order by posting)`,
  // All of the newest wallet, one a day: the last ten are open.
  `with wallet as (
     select w.id, w.account_id from loyalty.wallets w where w.org_id = $1 order by w.id desc limit 1
   ), held as (
     insert into ledger.holds (org_id, key, request_hash, debit_account_id, credit_account_id, amount, status, expires_at, resolved_at)
     select $1, 'reward:' || n, '', w.account_id, l.id, 1, case when n <= 10 then 'pending' else 'voided' end,
       now() + interval '1 day' * (11 - n), case when n > 10 then now() end
     from generate_series(1, $2::int) n, wallet w, ledger.accounts l where l.org_id = $1 and l.kind = 'liability'
     returning id, status, expires_at
   )
   insert into loyalty.rewards (org_id, wallet_id, rule_id, hold_id, points, value_minor, basket_minor, currency, status, deleted_because,
     issued_by, issued_at, expires_at, resolved_at)
   select $1, w.id, rule.id, h.id, 1, 1, 100, 'USD', case h.status when 'pending' then 'issued' else 'deleted' end,
     case h.status when 'voided' then 'asked' end, 'crowd', h.expires_at - interval '1 day', h.expires_at,
     case h.status when 'voided' then h.expires_at end
   from held h, wallet w, (select id from loyalty.reward_rules where org_id = $1 limit 1) rule`,
  // All of the newest wallet, on postings that are there.
  `insert into loyalty.adjustments (org_id, wallet_id, points, reason, actor, posting_id)
   select $1, w.id, 1, 'sorry', 'crowd', e.posting_id
   from (select w.id, w.account_id from loyalty.wallets w where w.org_id = $1 order by w.id desc limit 1) w
   join ledger.entries e on e.org_id = $1 and e.account_id = w.account_id limit $2`,
  `insert into audit.records (org_id, actor, action, target_type, target_id)
   select $1, 'actor ' || n % 100, 'wallet.freeze', 'wallet', w.id
   from (select id, row_number() over (order by id) as n from loyalty.wallets where org_id = $1) w limit $2`,
  `insert into loyalty.tier_settings (org_id, version, config, created_by)
   select $1, n, '{"basis": "spend", "periodMonths": null, "tiers": [{"name": "Base", "threshold": 0}], "downgrade": "one_down"}', 'crowd'
   from generate_series(1, $2::int) n`,
  `with person as (
     insert into identity.users (name, email) select 'Somebody', gen_random_uuid()::text || '@example.com' from generate_series(1, $2::int)
     returning id, email
   ), member as (
     insert into identity.members (org_id, user_id, role) select $1, id, 'viewer' from person
   )
   insert into identity.invitations (org_id, email, role, status, inviter_id, expires_at)
   select $1, status || email, 'viewer', status, id, now() + interval '7 days' from person, unnest(array['pending', 'accepted']) as status`,
  `insert into sync.connections (org_id, provider, account_ref) select $1, 'square', 'crowd' where $2 > 0`,
  `with delivery as (
     insert into inbox.deliveries (provider, sha256, received_at, url, headers, body, status)
     select 'square', sha256(gen_random_uuid()::text::bytea), now(), '', '{}', '', 'routed' from generate_series(1, $2::int)
     returning id
   )
   insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, received_at, status, reason, processed_at)
   select $1, c.id, d.id, 'square', gen_random_uuid()::text, 'payment.updated', now(), e.status, e.reason, now()
   from delivery d, sync.connections c, (values ('applied', null), ('ignored', null), ('quarantined', 'invalid_payload')) as e (status, reason)
   where c.org_id = $1`,
  // Besides the one that events came by. The newest was pulled from as often as there are others.
  `with credential as (
     insert into sync.credentials (org_id, provider) select $1, 'square' from generate_series(1, $2::int) returning id
   ), connection as (
     insert into sync.connections (org_id, provider, account_ref, credential_id)
     select $1, 'square', 'crowd ' || id, id from credential returning id
   )
   insert into sync.streams (org_id, connection_id, resource, watermark)
   select $1, c.id, resource, now() from connection c, unnest(array['payments', 'refunds']) as resource`,
  `insert into identity.api_keys (org_id, name, secret_hash, role, scopes, created_by, created_at, expires_at,
     revoked_at)
   select $1, 'till ' || n, sha256(n::text::bytea), 'viewer', array['loyalty:read'], 'crowd', now(), now() + interval '1 day', now()
   from generate_series(1, $2::int) n`,
  `insert into sync.runs (org_id, connection_id, trigger, started_at, status, finished_at)
   select $1, c.id, 'schedule', now(), 'success', now()
   from (select id from sync.connections where org_id = $1 order by id desc limit 1) c, generate_series(1, $2::int)`,
];

const joined = /^insert into (loyalty\.(customers|wallets|transactions)|ledger\.(accounts|postings)) /;

/** An organization with `crowd` of everything. */
export async function createCrowd(database: TestDatabase): Promise<string> {
  const orgId = await createOrganization(database);
  for (const statement of statements) {
    await database.superuser.query(statement, [orgId, crowd]);
    // What follows joins these. Without statistics the planner takes them for empty, and reads all of one for each row of another.
    if (joined.test(statement)) await database.superuser.query('analyze');
  }
  return orgId;
}
