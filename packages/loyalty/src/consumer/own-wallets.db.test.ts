import { randomUUID } from 'node:crypto';
import type { VerifiedContacts } from '@tributary/core/contact';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { adjustWallet } from '../adjust/adjust-wallet.ts';
import { daysLater, noon, openShop, refusal, type Shop } from '../customer/shop.fixture.ts';
import { issueReward } from '../redeem/issue-reward.ts';
import { getOwnWallet } from './get-own-wallet.ts';
import { listOwnEntries } from './list-own-entries.ts';
import { listOwnWallets } from './list-own-wallets.ts';

describe('the wallets of a consumer', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  /** Somebody nobody knows yet. */
  const newcomer = () => {
    people += 1;
    return { email: `${randomUUID()}@example.com`, mobile: `+1415555${1000 + people}` };
  };
  let people = 0;
  const as = ({ email = null, mobile = null }: Partial<VerifiedContacts>) => ({
    database: database.consumer,
    contacts: { email, mobile },
  });
  const walletsOf = async (contacts: Partial<VerifiedContacts>) =>
    (await listOwnWallets(as(contacts), { limit: 10 })).map(({ item }) => item);
  const nameOf = async ({ orgId }: Shop) =>
    (await database.superuser.query('select name from identity.organizations where id = $1', [orgId])).rows[0].name;

  it('S1-007 are those at every merchant that knows a contact of theirs, by either kind, the newest first', async () => {
    const ann = newcomer();
    const shops = [await openShop(database), await openShop(database), await openShop(database)] as const;
    const byEmail = await shops[0].register({ email: ann.email });
    const byMobile = await shops[1].register({ mobile: ann.mobile });
    await shops[2].register({ email: newcomer().email });
    await shops[0].sell('sale', 'ANN', { customer: { externalId: 'ANN', email: ann.email } });
    expect(await walletsOf(ann)).toEqual([
      expect.objectContaining({ id: byMobile.wallet.id, merchant: { name: await nameOf(shops[1]) }, balance: 0 }),
      expect.objectContaining({ id: byEmail.wallet.id, merchant: { name: await nameOf(shops[0]) }, balance: 50 }),
    ]);
    expect((await walletsOf({ email: ann.email })).map(({ id }) => id)).toEqual([byEmail.wallet.id]);
    expect((await walletsOf({ mobile: ann.mobile })).map(({ id }) => id)).toEqual([byMobile.wallet.id]);
  });

  it('is one wallet for a customer known by both contacts, and two for two customers', async () => {
    const ann = newcomer();
    const [together, apart] = [await openShop(database), await openShop(database)];
    const one = await together.register(ann);
    const two = [await apart.register({ email: ann.email }), await apart.register({ mobile: ann.mobile })];
    const shown = (await walletsOf(ann)).map(({ id }) => id);
    expect(shown.toSorted()).toEqual([one, ...two].map(({ wallet }) => wallet.id).sort());
  });

  it('says what can be spent, what is held, what waits, the tier, and that it is frozen', async () => {
    const ann = newcomer();
    const shop = await openShop(database, { pendingDays: 3 });
    const { wallet } = await shop.register(ann);
    await shop.run((tx) =>
      adjustWallet(
        { tx, actor: 'owner', now: noon, key: randomUUID() },
        { walletId: wallet.id, points: 40, reason: 'welcome', allowNegative: false },
      ),
    );
    await shop.run((tx) =>
      issueReward(
        { tx, actor: 'till', now: new Date(), key: randomUUID() },
        { walletId: wallet.id, points: 10, basketMinor: 1000, currency: 'USD' },
      ),
    );
    await shop.sell('sale', 'ANN', { customer: { externalId: 'ANN', email: ann.email } });
    await database.superuser.query(`update loyalty.wallets set tier = 'gold', status = 'frozen' where org_id = $1`, [
      shop.orgId,
    ]);
    expect(await getOwnWallet(as(ann), { walletId: wallet.id })).toEqual({
      id: wallet.id,
      merchant: { name: await nameOf(shop) },
      status: 'frozen',
      balance: 30,
      held: 10,
      pending: 50,
      tier: 'gold',
      expiring: [],
    });
  });

  it('says what ends at the next three deadlines, the earliest first', async () => {
    const ann = newcomer();
    const shop = await openShop(database, { expiry: { months: 1, roundUp: 'day' } });
    for (const [sale, days] of [3, 0, 2, 1, 0].entries()) {
      const customer = { externalId: 'ANN', email: ann.email };
      await shop.sell(`sale ${sale}`, 'ANN', { customer, takenAt: daysLater(days) });
    }
    const [wallet] = await walletsOf(ann);
    const { rows } = await database.superuser.query(
      'select expires_at, sum(remaining)::int as points from ledger.lots where org_id = $1 group by 1 order by 1 limit 3',
      [shop.orgId],
    );
    expect(rows.map(({ points }) => points)).toEqual([100, 50, 50]);
    expect(wallet?.expiring).toEqual(
      rows.map(({ expires_at, points }) => ({ points, expiresAt: expires_at.toISOString() })),
    );
  });

  it('L63 follow the customer they were merged into', async () => {
    const ann = newcomer();
    const shop = await openShop(database);
    await shop.sell('of ann', 'ANN', { customer: { externalId: 'ANN', email: ann.email } });
    await shop.sell('of bob', 'BOB');
    const [known, bob] = [await shop.bySquare('ANN'), await shop.bySquare('BOB')];
    await shop.merge(known, bob);
    expect(await walletsOf(ann)).toMatchObject([{ id: bob.wallet.id, status: 'active', balance: 100 }]);
    expect(await refusal(getOwnWallet(as(ann), { walletId: known.wallet.id }))).toEqual(['not_found']);
  });

  it('are nobody’s by a contact that is an id at a provider, of another kind or in another spelling', async () => {
    const ann = newcomer();
    const shop = await openShop(database);
    await shop.register({ external: { provider: 'square', value: ann.email } });
    await shop.register({ external: { provider: 'square', value: ann.mobile } });
    const { wallet } = await shop.register({ email: ann.email });
    expect((await walletsOf(ann)).map(({ id }) => id)).toEqual([wallet.id]);
    const others = [{ mobile: ann.email }, { email: ann.mobile }, { email: ann.email.toUpperCase() }, { email: '%' }];
    for (const contacts of others) expect(await walletsOf(contacts)).toEqual([]);
  });

  it('are none without a contact', async () => {
    await (await openShop(database)).register(newcomer());
    for (const contacts of [{}, { email: '', mobile: '' }]) expect(await walletsOf(contacts)).toEqual([]);
  });

  it('have a ledger, the newest entry first, without the merchant’s reasons and names', async () => {
    const ann = newcomer();
    const shop = await openShop(database);
    const { wallet } = await shop.register(ann);
    expect(await listOwnEntries(as(ann), { walletId: wallet.id, limit: 10 })).toEqual([]);
    await shop.sell('sale', 'ANN', { customer: { externalId: 'ANN', email: ann.email } });
    await shop.apply(shop.refund('sale', 2500));
    const entries = await listOwnEntries(as(ann), { walletId: wallet.id, limit: 10 });
    const effectiveAt = noon.toISOString();
    expect(entries).toEqual([
      { position: 2, item: { version: 2, type: 'debit', kind: 'clawback', points: 25, balanceAfter: 25, effectiveAt } },
      { position: 1, item: { version: 1, type: 'credit', kind: 'earn', points: 50, balanceAfter: 50, effectiveAt } },
    ]);
    const [, first] = entries;
    expect(await listOwnEntries(as(ann), { walletId: wallet.id, limit: 10, after: 2 })).toEqual([first]);
  });

  it('are not found by somebody else, whoever it is and however they are named', async () => {
    const [ann, bob] = [newcomer(), newcomer()];
    const shop = await openShop(database);
    const [{ wallet }] = [await shop.register(ann), await shop.register(bob)];
    for (const who of [bob, newcomer(), {}]) {
      for (const walletId of [wallet.id, 'wal_01kb7kz3vaef8rmt0v5w6x7y8z', 'x']) {
        expect(await refusal(getOwnWallet(as(who), { walletId }))).toEqual(['not_found']);
        expect(await refusal(listOwnEntries(as(who), { walletId, limit: 10 }))).toEqual(['not_found']);
      }
    }
    expect(await getOwnWallet(as(ann), { walletId: wallet.id })).toMatchObject({ id: wallet.id });
  });
});
