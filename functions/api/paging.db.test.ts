import { showId } from '@tributary/core/ids';
import { isPage } from '@tributary/http/page';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { affiliateCopies, tiedNames } from './test/affiliate-copies.ts';
import { type Api, startApi } from './test/api.ts';
import { caseOf, type Ids, idsOf } from './test/cases.ts';
import { createMerchant, deliverToAll, type Merchant, minute } from './test/merchant.ts';
import { routes } from './test/routes.ts';

/** Gather what many tables say of one person; their pages are tested where they are (`export-….db.test.ts`). */
const gathering = ['exportCustomer', 'exportSubAffiliate'];
const lists = routes
  .filter(({ response, operationId }) => isPage(response) && !gathering.includes(operationId))
  .map(({ operationId }) => operationId);
const objects = 8;
const affiliate = Object.keys(affiliateCopies);

/** A copy of the newest row, as if it had just arrived. */
const copies: Readonly<Record<string, string>> = {
  ...affiliateCopies,
  listTransactions: `insert into loyalty.transactions (org_id, provider, provider_transaction_id, status, amount_minor, tip_minor,
      refunded_minor, currency, transaction_at, provider_version, content_hash)
    select org_id, provider, gen_random_uuid()::text, status, amount_minor, tip_minor, refunded_minor, currency,
      transaction_at + interval '1 microsecond', provider_version, content_hash
    from loyalty.transactions where org_id = $1 order by transaction_at desc, id desc limit 1`,
  listWallets: `with customer as (
      insert into loyalty.customers (org_id) values ($1) returning id
    ), account as (
      insert into ledger.accounts (org_id, code, unit, kind) values ($1, gen_random_uuid()::text, 'points', 'wallet') returning id
    ) insert into loyalty.wallets (org_id, customer_id, account_id) select $1, customer.id, account.id from customer, account`,
  listWalletEntries: `with tenant as materialized (select set_config('app.org_id', $1::uuid::text, true)), posted as (
      select ledger.post($1, array[gen_random_uuid()::text], array['x'::bytea], array['earn'], array[now()], array[null::jsonb],
        array[false], array[1, 1], array[w.account_id, l.id], array[5, -5]::bigint[])
      from tenant, (select account_id from loyalty.wallets w join loyalty.customer_identities i on i.customer_id = w.customer_id
          where w.org_id = $1 and i.value = 'eve') w,
        (select id from ledger.accounts where org_id = $1 and code = 'liability:points') l
    ) select count(*) from posted`,
  listAdjustments: `with tenant as materialized (select set_config('app.org_id', $1::uuid::text, true)), wallet as (
      select w.id, w.account_id from loyalty.wallets w join loyalty.customer_identities i on i.customer_id = w.customer_id
      where w.org_id = $1 and i.value = 'eve'
    ), posted as (
      select w.id, (ledger.post($1, array[gen_random_uuid()::text], array['x'::bytea], array['adjust'], array[now()], array[null::jsonb],
        array[false], array[1, 1], array[w.account_id, l.id], array[5, -5]::bigint[])).posting_id
      from tenant, wallet w, (select id from ledger.accounts where org_id = $1 and code = 'liability:points') l
    ) insert into loyalty.adjustments (org_id, wallet_id, points, reason, actor, posting_id)
    select $1, id, 5, 'sorry', 'owner', posting_id from posted`,
  listAuditRecords: `insert into audit.records (org_id, actor, action, target_type, target_id)
    select org_id, actor, action, target_type, target_id from audit.records where org_id = $1 order by id desc limit 1`,
  listApiKeys: `insert into identity.api_keys (org_id, name, secret_hash, role, scopes, created_by, created_at, expires_at)
    values ($1, 'till', sha256(gen_random_uuid()::text::bytea), 'viewer', array['loyalty:read'], 'owner', now(), now() + interval '1 day')`,
  listMembers: `with newcomer as (
      insert into identity.users (name, email) values ('Somebody', gen_random_uuid()::text || '@example.com') returning id
    ) insert into identity.members (org_id, user_id, role) select $1, id, 'viewer' from newcomer`,
  listInvitations: `insert into identity.invitations (org_id, email, role, inviter_id, expires_at)
    select org_id, gen_random_uuid()::text || '@example.com', role, inviter_id, expires_at from identity.invitations
    where org_id = $1 order by id desc limit 1`,
  listRewardRules: `insert into loyalty.reward_rules (org_id, version, config, currency, created_by)
    select org_id, version + 1, config, currency, created_by from loyalty.reward_rules where org_id = $1 order by version desc limit 1`,
  listRewards: `with newest as (
      select * from loyalty.rewards where org_id = $1 order by id desc limit 1
    ), hold as (
      insert into ledger.holds (org_id, key, request_hash, debit_account_id, credit_account_id, amount, status, expires_at, resolved_at)
      select h.org_id, gen_random_uuid()::text, '', h.debit_account_id, h.credit_account_id, h.amount, 'voided', h.expires_at, now()
      from newest n join ledger.holds h on h.org_id = n.org_id and h.id = n.hold_id returning id
    ) insert into loyalty.rewards (org_id, wallet_id, rule_id, hold_id, points, value_minor, basket_minor, currency, status, deleted_because,
      issued_by, issued_at, expires_at, resolved_at)
    select n.org_id, n.wallet_id, n.rule_id, hold.id, n.points, n.value_minor, n.basket_minor, n.currency, 'deleted', 'asked',
      n.issued_by, now(), n.expires_at, now() from newest n, hold`,
  listConnections: `insert into sync.connections (org_id, provider, account_ref) values ($1, 'square', gen_random_uuid()::text)`,
  listRuns: `insert into sync.runs (org_id, connection_id, trigger, started_at, status, finished_at)
    select org_id, id, 'schedule', now(), 'success', now() from sync.connections where org_id = $1 and account_ref = 'much pulled'`,
  listDeliveries: `with delivery as (
      insert into inbox.deliveries (provider, sha256, received_at, url, headers, body, status)
      values ('square', sha256(gen_random_uuid()::text::bytea), now(), '', '{}', '', 'routed') returning id
    ) insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, received_at)
    select c.org_id, c.id, delivery.id, 'square', gen_random_uuid()::text, 'payment.updated', now()
    from (select * from sync.connections where org_id = $1 and provider = 'square' order by id limit 1) c, delivery`,
  listEvents: `insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, received_at)
    select org_id, connection_id, delivery_id, provider, gen_random_uuid()::text, type, received_at
    from inbox.events where org_id = $1 order by id desc limit 1`,
  listQuarantine: `insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, received_at, status, reason, processed_at)
    select org_id, connection_id, delivery_id, provider, gen_random_uuid()::text, type, received_at, status, reason, now()
    from inbox.events where org_id = $1 and status = 'quarantined' order by id desc limit 1`,
};

describe('lists', () => {
  let api: Api;
  let merchant: Merchant;
  let ids: Ids;
  beforeAll(async () => {
    api = await startApi();
    merchant = await createMerchant(api.database);
    const numbers = Array.from({ length: objects }, (_, index) => index);
    for (const number of numbers) await merchant.addRule(number + 1);
    await merchant.apply(
      ...numbers.map((number) =>
        merchant.payment({ externalId: `by ${number}`, customer: { externalId: `customer ${number}` } }),
      ),
      ...numbers.map((number) => merchant.payment({ externalId: `eve ${number}`, customer: { externalId: 'eve' } })),
    );
    for (const _ of numbers) await merchant.issueReward(1);
    await merchant.deliver(...numbers.flatMap((number) => [1000 + number, null]));
    await deliverToAll(api.database, [merchant]);
    // Sales of one millisecond, in no order of their ids: what a cursor in milliseconds would skip or repeat.
    await api.database.superuser.query(
      `update loyalty.transactions set transaction_at = $2::timestamptz + interval '1 microsecond' * (hashtext(id::text) % 3)
       where org_id = $1`,
      [merchant.orgId, minute(5)],
    );
    const { orgId } = merchant;
    ids = await idsOf(api, { orgId });
    const eve = (await api.get({ orgId }, '/v1/wallets')).json.data.find(
      ({ balance }: { balance: number }) => balance === objects * 50,
    );
    ids.walletId = eve.id;
    const { rows } = await api.database.superuser.query(
      `insert into sync.connections (org_id, provider, account_ref) values ($1, 'square', 'much pulled') returning id`,
      [orgId],
    );
    ids.connectionId = showId('connection', rows[0].id);
    await api.database.superuser.query(tiedNames, [orgId, objects]);
    for (const list of ['listConnections', 'listRuns', 'listApiKeys', 'listMembers', 'listInvitations', ...affiliate])
      for (const _ of numbers) await api.database.superuser.query(copies[list] as string, [orgId]);
    for (const number of numbers) {
      await api.post({ orgId }, `/v1/wallets/${eve.id}/adjustments`, { points: number + 1, reason: 'sorry' });
    }
  });
  afterEach(() => vi.restoreAllMocks());

  /** The path with the filters of its case, and room for another. */
  const askedOf = (operationId: string) => {
    const path = caseOf(operationId).path(ids);
    return `${path}${path.includes('?') ? '&' : '?'}`;
  };
  const page = async (operationId: string, limit: number, cursor: string | null = null) => {
    const after = cursor === null ? '' : `&cursor=${cursor}`;
    const { status, json } = await api.get(merchant, `${askedOf(operationId)}limit=${limit}${after}`);
    expect([operationId, status]).toEqual([operationId, 200]);
    return json as { data: Record<string, unknown>[]; nextCursor: string | null };
  };
  /** What tells an object of a list apart. */
  const naming = ['id', 'version', 'connectionId', 'slug', 'value', 'month', 'brand', 'currency'];
  const nameOf = (object: Record<string, unknown>) => naming.flatMap((name) => object[name] ?? []).join(' ');

  it('has a way to add to every list', () => {
    expect(Object.keys(copies).sort()).toEqual([...lists].sort());
  });

  it.each(lists)('%s: page by page shows each object once, in order, while others are added', async (operationId) => {
    const whole = await page(operationId, 100);
    expect(whole.nextCursor).toBeNull();
    expect(whole.data.length).toBeGreaterThanOrEqual(objects);
    const seen: Record<string, unknown>[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { data, nextCursor }: Awaited<ReturnType<typeof page>> = await page(operationId, 3, cursor);
      seen.push(...data);
      cursor = nextCursor;
      pages += 1;
      await api.database.superuser.query(copies[operationId] as string, [merchant.orgId]);
    } while (cursor !== null);
    expect(pages).toBeGreaterThan(2);
    expect(seen.map(nameOf)).toEqual(whole.data.map(nameOf));
    const after = await page(operationId, 100);
    // What arrived meanwhile is in front; what was there is as it was.
    expect(after.data).toHaveLength(whole.data.length + pages);
    expect(after.data.slice(-whole.data.length).map(nameOf)).toEqual(whole.data.map(nameOf));
  });

  it.each(lists)('%s: a page is full, and the last one says so', async (operationId) => {
    const { length } = (await page(operationId, 100)).data;
    expect((await page(operationId, length)).nextCursor).toBeNull();
    const { data, nextCursor } = await page(operationId, length - 1);
    expect(data).toHaveLength(length - 1);
    expect((await page(operationId, 1, nextCursor)).data).toHaveLength(1);
  });

  it.each(lists)('%s: one page is one round trip to the database', async (operationId) => {
    const { nextCursor } = await page(operationId, 3);
    const fetches = vi.spyOn(globalThis, 'fetch');
    await page(operationId, 3, nextCursor);
    const asked = fetches.mock.calls.map(([url]) => new URL(String(url)).pathname);
    expect(asked).toEqual(['/sql']);
  });

  it.each(lists)('%s: refuses the cursor of any other list', async (operationId) => {
    for (const other of lists.filter((name) => name !== operationId)) {
      const { nextCursor } = await page(other, 3);
      const { status, json } = await api.get(merchant, `${askedOf(operationId)}cursor=${nextCursor}`);
      expect([other, status, json.code]).toEqual([other, 400, 'invalid_cursor']);
    }
  });

  it('refuses a cursor with another filter, of another wallet, or of another organization', async () => {
    const refused = async (path: string, orgId = merchant.orgId) => (await api.get({ orgId }, path)).json.code;
    const { nextCursor: sales } = await page('listTransactions', 3);
    const { nextCursor: entries } = await page('listWalletEntries', 3);
    const other = (await page('listWallets', 100)).data.find(({ id }) => id !== ids.walletId);
    expect([
      await refused(`/v1/transactions?from=2026-01-01T00:00:00Z&cursor=${sales}`),
      await refused(`/v1/wallets/${other?.id}/entries?cursor=${entries}`),
      await refused(`/v1/transactions?cursor=${sales}`, crypto.randomUUID()),
      await refused(`/v1/transactions?cursor=${sales?.slice(0, -1)}`),
    ]).toEqual(Array(4).fill('invalid_cursor'));
  });
});
