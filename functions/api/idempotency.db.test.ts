import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from './test/api.ts';
import { call, caseOf, type Ids, idsOf } from './test/cases.ts';
import { createMerchant, type Merchant } from './test/merchant.ts';
import { routes } from './test/routes.ts';

const keyed = routes.filter(({ idempotent }) => idempotent).map(({ operationId }) => operationId);

/** POSTs that ask and change nothing. */
const questions: readonly string[] = ['findCustomer', 'previewRewardRule'];

/** What must not be given again, and so is not kept. */
const secrets: readonly string[] = ['createApiKey'];

/** What is the same when it is said again, by what it names: one invitation per address, one owner. */
const repeatable: readonly string[] = ['createInvitation', 'transferOwnership'];

it('every POST takes an Idempotency-Key but those that only ask, answer with a secret, or change nothing twice', () => {
  const others = routes.filter(({ method, idempotent }) => method === 'POST' && !idempotent);
  expect(others.map(({ operationId }) => operationId).sort()).toEqual([...questions, ...secrets, ...repeatable].sort());
});

describe('an operation that takes an Idempotency-Key', () => {
  let api: Api;
  let shop: Merchant;
  let shopIds: Ids;
  beforeAll(async () => {
    api = await startApi();
    shop = await createMerchant(api.database);
    shopIds = await idsOf(api, shop);
  });
  const send = (merchant: Merchant, ids: Ids, operationId: string, headers: Record<string, string>) =>
    call(api, merchant, caseOf(operationId), ids, headers);

  it.each(keyed)('%s: is refused without one', async (operationId) => {
    const { status, json } = await send(shop, shopIds, operationId, {});
    expect([status, json.code]).toEqual([400, 'idempotency_key_required']);
  });

  it.each(keyed)('%s: is done once and answered again byte for byte', async (operationId) => {
    const merchant = await createMerchant(api.database);
    const ids = await idsOf(api, merchant);
    const key = randomUUID();
    const first = await send(merchant, ids, operationId, { 'idempotency-key': key });
    const again = await send(merchant, ids, operationId, { 'idempotency-key': key });
    expect([200, 201, 202]).toContain(first.status);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    const { rows } = await api.database.superuser.query(
      'select operation, response from identity.idempotency_keys where org_id = $1 and key = $2',
      [merchant.orgId, key],
    );
    expect(rows).toEqual([{ operation: operationId, response: first.text }]);
  });

  it.each(keyed)('%s: does not take the key of another', async (operationId) => {
    const other = keyed[(keyed.indexOf(operationId) + 1) % keyed.length] as string;
    const merchant = await createMerchant(api.database);
    const ids = await idsOf(api, merchant);
    const headers = { 'idempotency-key': randomUUID() };
    expect((await send(merchant, ids, other, headers)).status).toBeLessThan(300);
    const { status, json } = await send(merchant, ids, operationId, headers);
    expect([status, json.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it.each(keyed)('S1-117 %s: moves no points twice even when its key was forgotten', async (operationId) => {
    const merchant = await createMerchant(api.database);
    const ids = await idsOf(api, merchant);
    const { superuser } = api.database;
    const moved = async () => {
      const sql = `select count(*) from (select id from ledger.postings where org_id = $1
        union all select id from ledger.holds where org_id = $1) as movement`;
      return (await superuser.query(sql, [merchant.orgId])).rows[0].count;
    };
    const headers = { 'idempotency-key': randomUUID() };
    await send(merchant, ids, operationId, headers);
    const once = await moved();
    await superuser.query('update identity.idempotency_keys set expires_at = now() where org_id = $1', [
      merchant.orgId,
    ]);
    expect((await send(merchant, ids, operationId, headers)).status).toBeLessThan(500);
    expect(await moved()).toBe(once);
  });

  it('is done again under a key of its own', async () => {
    const versions = [];
    for (const _ of [1, 2]) versions.push((await call(api, shop, caseOf('createRewardRule'), shopIds)).json.version);
    expect(versions[1]).toBe(versions[0] + 1);
  });
});
