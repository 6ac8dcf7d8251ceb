import { readId } from '@tributary/core/ids';
import { runOnce } from '@tributary/identity/idempotency/run-once';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { adjustWallet } from '../adjust/adjust-wallet.ts';
import { freezeWallet, unfreezeWallet } from '../freeze/freeze-wallet.ts';
import { issueReward } from '../redeem/issue-reward.ts';
import { eraseCustomer } from './erase-customer.ts';
import { eraseLate } from './erase-late.ts';
import { exportCustomer } from './export-customer.ts';
import { noon, openShop, refusal, type Shop } from './shop.fixture.ts';

const email = 'ann@example.com';

describe('eraseCustomer', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const erase = (shop: Shop, customerId: string, reason = 'asked for it') =>
    shop.run((tx) => eraseCustomer({ tx, actor: 'owner', now: noon }, { customerId, reason }));
  const rows = async (shop: Shop, query: string) => (await database.superuser.query(query, [shop.orgId])).rows;

  /** Ann bought for $50 and gave her address at the till. */
  async function annOf(shop: Shop) {
    await shop.sell('of ann', 'ANN');
    return shop.register({ email, external: { provider: 'square', value: 'ANN' } });
  }

  it('leaves the customer, the sale and the points, under a pseudonym and frozen', async () => {
    const shop = await openShop(database);
    const ann = await annOf(shop);
    expect(await erase(shop, ann.id)).toEqual({ customerId: ann.id, erasedAt: noon.toISOString() });
    const { identities, wallet } = await shop.show(ann.id);
    expect(identities).toEqual([
      { kind: 'external', provider: 'square', value: expect.stringMatching(/^erased-\w{20}$/) },
    ]);
    expect(wallet).toMatchObject({ balance: 50, status: 'frozen' });
    expect(await refusal(shop.find({ email }))).toEqual(['not_found']);
    expect(await refusal(shop.bySquare('ANN'))).toEqual(['not_found']);
    expect(await rows(shop, 'select customer_ref, contact_email from loyalty.transactions where org_id = $1')).toEqual([
      { customer_ref: { externalId: (identities[0] as { value: string }).value }, contact_email: null },
    ]);
    expect(await shop.faults()).toEqual([]);
  });

  it('is recorded without the personal data, once', async () => {
    const shop = await openShop(database);
    const ann = await annOf(shop);
    await erase(shop, ann.id);
    await erase(shop, ann.id, 'asked for it again');
    expect(
      await rows(
        shop,
        `select reason, before, after from audit.records where org_id = $1 and action = 'customer.erase'`,
      ),
    ).toEqual([{ reason: 'asked for it', before: null, after: { names: 2, sales: 1 } }]);
  });

  it.each(['call ann@example.com', 'rang +1 415 555 0143', 'her number is (415) 555-0143'])(
    'takes no reason that says how to reach a person: %s',
    async (reason) => {
      const shop = await openShop(database);
      const ann = await annOf(shop);
      expect(await refusal(erase(shop, ann.id, reason))).toEqual(['validation_failed', 'reason']);
    },
  );

  it('erases whoever was merged into them, whichever of the two is named', async () => {
    const shop = await openShop(database);
    const ann = await annOf(shop);
    await shop.sell('of anna', 'ANNA');
    const anna = await shop.bySquare('ANNA');
    await shop.merge(anna, ann);
    expect((await erase(shop, anna.id)).customerId).toBe(ann.id);
    expect(await refusal(shop.bySquare('ANNA'))).toEqual(['not_found']);
    expect(
      await rows(
        shop,
        `select count(*)::int as plain from loyalty.transactions where org_id = $1 and customer_ref ->> 'externalId' !~ '^erased-'`,
      ),
    ).toEqual([{ plain: 0 }]);
  });

  it('takes the address from sales of others that carry it, and leaves these to them', async () => {
    const shop = await openShop(database);
    const ann = await annOf(shop);
    await shop.sell('of bob before', 'BOB');
    await shop.apply(shop.payment('of bob', { customer: { externalId: 'BOB', email } }));
    await erase(shop, ann.id);
    expect((await shop.bySquare('BOB')).wallet.balance).toBe(100);
    expect(
      await rows(
        shop,
        `select customer_ref, contact_email from loyalty.transactions where org_id = $1 and provider_transaction_id = 'of bob'`,
      ),
    ).toEqual([{ customer_ref: { externalId: 'BOB' }, contact_email: null }]);
  });

  it('keeps nobody of another organization from being known', async () => {
    const [shop, other] = [await openShop(database), await openShop(database)];
    const ann = await annOf(shop);
    const theirs = await annOf(other);
    await erase(shop, ann.id);
    expect((await other.find({ email })).id).toBe(theirs.id);
    expect(await refusal(erase(other, ann.id))).toEqual(['not_found']);
  });

  it('lets nobody move the points any more', async () => {
    const shop = await openShop(database);
    const ann = await annOf(shop);
    await erase(shop, ann.id);
    const walletId = ann.wallet.id;
    const context = { actor: 'owner', now: noon, key: 'k' };
    const moves = [
      shop.run((tx) => unfreezeWallet({ tx, ...context }, { walletId, reason: 'x' })),
      shop.run((tx) => freezeWallet({ tx, ...context }, { walletId, reason: 'x' })),
      shop.run((tx) => adjustWallet({ tx, ...context }, { walletId, points: 1, reason: 'x' })),
    ];
    expect(await Promise.all(moves.map(refusal))).toEqual([['conflict'], ['conflict'], ['conflict']]);
    expect(await refusal(shop.merge(ann, await shop.register({ email: 'bob@example.com' })))).toEqual([
      'wallet_frozen',
    ]);
  });

  it('waits for rewards that hold points', async () => {
    const shop = await openShop(database);
    const ann = await annOf(shop);
    const request = { walletId: ann.wallet.id, points: 5, basketMinor: 1000, currency: 'USD' };
    await shop.run((tx) => issueReward({ tx, actor: 'till', now: new Date(), key: 'r' }, request));
    expect(await refusal(erase(shop, ann.id))).toEqual(['rewards_open']);
  });

  it('lets a person who gives the address again be somebody new, and no id at a provider be taken again', async () => {
    const shop = await openShop(database);
    const ann = await annOf(shop);
    await erase(shop, ann.id);
    const again = await shop.register({ email });
    expect(again.id).not.toBe(ann.id);
    expect(again.wallet.balance).toBe(0);
    expect(await refusal(shop.register({ external: { provider: 'square', value: 'ANN' } }))).toEqual(['conflict']);
    await erase(shop, again.id);
    expect(await refusal(shop.find({ email }))).toEqual(['not_found']);
  });

  it('empties the answers that are kept, and registers nobody when such a request is sent again', async () => {
    const shop = await openShop(database);
    const request = { key: 'till-1', operation: 'registerCustomer', request: { email } };
    const register = () =>
      shop.run((tx) => runOnce(tx, request, async () => JSON.stringify(await shop.register({ email }))));
    const { id } = JSON.parse(await register());
    await erase(shop, id);
    expect(await rows(shop, 'select response from identity.idempotency_keys where org_id = $1')).toEqual([
      { response: '{}' },
    ]);
    expect(await refusal(register())).toEqual(['idempotency_key_reused']);
    expect(await refusal(shop.find({ email }))).toEqual(['not_found']);
  });

  it('takes what a transaction wrote that had begun before', async () => {
    const shop = await openShop(database);
    const ann = await annOf(shop);
    await erase(shop, ann.id);
    const uuid = readId('customer', ann.id);
    // As such a transaction does: it knows nothing of the erasure.
    await database.superuser.query(
      `insert into loyalty.customer_identities (org_id, kind, provider, value, customer_id) values ($1, 'email', '', 'ann@late.example', $2)`,
      [shop.orgId, uuid],
    );
    await database.superuser.query(
      `update loyalty.transactions set customer_ref = '{"externalId": "ANN", "email": "ann@late.example"}', contact_email = 'ann@late.example'
       where org_id = $1`,
      [shop.orgId],
    );
    await shop.run((tx) => eraseLate(tx, uuid, noon), 'worker');
    expect(await refusal(shop.find({ email: 'ann@late.example' }))).toEqual(['not_found']);
    const [sale] = await rows(
      shop,
      'select customer_ref::text as said, contact_email from loyalty.transactions where org_id = $1',
    );
    expect(sale).toEqual({ said: expect.stringMatching(/^\{"externalId": "erased-\w{20}"\}$/), contact_email: null });
  });

  it('of two at once erases once', async () => {
    const shop = await openShop(database);
    const ann = await annOf(shop);
    const [one, two] = await Promise.all([erase(shop, ann.id), erase(shop, ann.id)]);
    expect(one).toEqual(two);
    expect(await rows(shop, 'select count(*)::int as erasures from privacy.erasures where org_id = $1')).toEqual([
      { erasures: 1 },
    ]);
  });

  describe('exportCustomer', () => {
    it('tells all that is held of a subject before, page by page, and nothing of anybody else', async () => {
      const shop = await openShop(database);
      const ann = await annOf(shop);
      await shop.sell('of bob', 'BOB');
      await shop.run((tx) =>
        adjustWallet(
          { tx, actor: 'owner', now: noon, key: 'k' },
          { walletId: ann.wallet.id, points: 5, reason: 'waited' },
        ),
      );
      const items = [];
      for (let after: [number, string] | undefined, more = true; more; ) {
        const page: Awaited<ReturnType<typeof exportCustomer>> = await exportCustomer(shop.context, {
          customerId: ann.id,
          limit: 2,
          ...(after && { after }),
        });
        items.push(...page.map(({ item }) => item));
        after = page.at(-1)?.position;
        more = page.length === 2;
      }
      expect(items.map(({ kind }) => kind)).toEqual([
        ...['customer', 'wallet', 'sale', 'pointsOfSale', 'entry', 'entry', 'adjustment', 'auditRecord'],
      ]);
      const text = JSON.stringify(items);
      for (const told of [email, 'ANN', 'of ann', 'waited']) expect(text).toContain(told);
      for (const others of ['BOB', 'of bob', shop.orgId]) expect(text).not.toContain(others);
    });

    it('tells no other organization whether there is such a customer', async () => {
      const [shop, other] = [await openShop(database), await openShop(database)];
      const ann = await annOf(shop);
      expect(await refusal(exportCustomer(other.context, { customerId: ann.id, limit: 10 }))).toEqual(['not_found']);
    });
  });
});
