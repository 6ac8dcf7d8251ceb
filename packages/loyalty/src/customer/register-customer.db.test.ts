import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { getTransaction } from '../transaction/get-transaction.ts';
import { listTransactions } from '../transaction/list-transactions.ts';
import { openShop, refusal, type Shop } from './shop.fixture.ts';

const square = (value: string) => ({ provider: 'square', value });
const ann = { email: 'ann@example.com', mobile: '+14155550100', external: square('ANN') };
const shown = [
  { kind: 'email', value: 'a•••@example.com' },
  { kind: 'external', ...square('ANN') },
  { kind: 'mobile', value: '+1•••••0100' },
];

describe('registerCustomer', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const count = (shop: Shop, table: 'customers' | 'wallets' | 'customer_identities') =>
    database.superuser
      .query(`select count(*)::int as count from loyalty.${table} where org_id = $1`, [shop.orgId])
      .then(({ rows }) => rows[0].count);
  const sales = async (shop: Shop, customerId: string) =>
    (await listTransactions(shop.context, { customerId, limit: 10 })).map(({ item }) => item);

  it('makes a customer with an empty wallet, shown by names that reach nobody', async () => {
    const shop = await openShop(database);
    const made = await shop.register(ann);
    expect(made).toMatchObject({
      identities: shown,
      wallet: { status: 'active', balance: 0, held: 0, pending: 0, mergedInto: null },
    });
    expect(await shop.show(made.id)).toEqual(made);
  });

  it.each([
    ['the same names', ann],
    ['one of them', { email: 'ann@example.com' }],
    ['an address in other letters', { email: ' ANN@Example.com' }],
    ['a number as it is dialled in the country', { mobile: '(415) 555-0100' }],
  ])('S1-076 finds who is there by %s: one customer, one wallet', async (_how, names) => {
    const shop = await openShop(database);
    const made = await shop.register(ann);
    expect(await shop.register(names)).toEqual(made);
    expect([await count(shop, 'customers'), await count(shop, 'wallets')]).toEqual([1, 1]);
  });

  it('gives who is there the names they did not have', async () => {
    const shop = await openShop(database);
    const { id } = await shop.register({ email: ann.email });
    expect(await shop.register(ann)).toMatchObject({ id, identities: shown });
    expect((await shop.register({ mobile: ann.mobile })).id).toBe(id);
  });

  it('a number without a code is one of the country of the organization', async () => {
    const shop = await openShop(database);
    await database.superuser.query(`update identity.organizations set country = 'DE' where id = $1`, [shop.orgId]);
    const { identities } = await shop.register({ mobile: '030 901820' });
    expect(identities).toEqual([{ kind: 'mobile', value: '+49•••••1820' }]);
    expect(await shop.find({ mobile: '030 901820' })).toEqual(await shop.find({ mobile: '+49 30 901820' }));
  });

  it('refuses names of different customers, and gives none of them away', async () => {
    const shop = await openShop(database);
    await shop.register({ email: ann.email });
    await shop.register({ mobile: ann.mobile });
    expect(await refusal(shop.register(ann))).toEqual(['customers_differ']);
    expect(await count(shop, 'customer_identities')).toBe(2);
    expect(await refusal(shop.bySquare('ANN'))).toEqual(['not_found']);
  });

  it.each([
    ['nothing', {}, ['']],
    ['what is no address', { email: 'ann' }, ['email']],
    ['what is no number', { mobile: '12', email: ann.email }, ['mobile']],
    ['an empty id', { external: square('') }, ['external.value']],
    ['an id with a zero byte', { external: square('a\u0000') }, ['external.value']],
    ['half a character', { external: square('\ud800') }, ['external.value']],
    ['a provider of no name', { external: { provider: '', value: 'ANN' } }, ['external.provider']],
  ])('refuses %s, naming the field, and makes nobody', async (_what, names, fields) => {
    const shop = await openShop(database);
    expect(await refusal(shop.register(names))).toEqual(['validation_failed', ...fields]);
    expect(await count(shop, 'customers')).toBe(0);
  });

  it('two organizations know the same address as two customers', async () => {
    const [here, there] = [await openShop(database), await openShop(database)];
    const [one, other] = [await here.register(ann), await there.register(ann)];
    expect(one.id).not.toBe(other.id);
    expect(await refusal(here.show(other.id))).toEqual(['not_found']);
    expect((await here.find({ email: ann.email })).id).toBe(one.id);
  });

  it('L62 S1-057 gives anonymous sales with the address or number to who registers, at the rule of their time, once', async () => {
    const shop = await openShop(database);
    await shop.addRule({ conversionRate: 7 }, new Date('2026-06-02T00:00:00Z'));
    await shop.apply(
      shop.payment('by mail', { customer: { email: 'Ann@Example.com' } }),
      shop.payment('by phone', { customer: { mobile: '415-555-0100' } }),
      shop.payment('of others', { customer: { email: 'bob@example.com' } }),
      shop.payment('of nobody'),
    );
    const { id, wallet } = await shop.register({ email: ann.email, mobile: ann.mobile });
    expect(wallet.balance).toBe(100);
    expect((await shop.register(ann)).wallet.balance).toBe(100);
    const theirs = await sales(shop, id);
    expect(theirs.map((sale) => sale.providerTransactionId).sort()).toEqual(['by mail', 'by phone']);
    for (const sale of theirs) {
      expect(sale.customer?.id).toBe(id);
      expect(await getTransaction(shop.context, { transactionId: sale.id })).toMatchObject({ pointsEarned: 50 });
    }
    expect(await shop.faults()).toEqual([]);
  });

  it('L62 a sale that was half refunded before its customer is known earns what is left', async () => {
    const shop = await openShop(database);
    await shop.apply(shop.payment('sale', { customer: { email: ann.email } }), shop.refund('sale', 2500));
    expect((await shop.register({ email: ann.email })).wallet.balance).toBe(25);
  });

  it('L62 many sales of one hour that turn out to be by one customer are noted as such', async () => {
    const shop = await openShop(database, { limits: { salesPerHourAlert: 1 } });
    const customer = { email: ann.email };
    await shop.apply(shop.payment('first', { customer }), shop.payment('second', { customer }));
    await shop.register(customer);
    const alerts = 'select sales from loyalty.velocity_alerts where org_id = $1';
    expect((await database.superuser.query(alerts, [shop.orgId])).rows).toEqual([{ sales: 2 }]);
  });

  it('L62 only what was given finds sales: another name of the customer does not', async () => {
    const shop = await openShop(database);
    await shop.register({ email: ann.email });
    await shop.apply(shop.payment('by phone', { customer: { mobile: ann.mobile } }));
    expect((await shop.register({ email: ann.email })).wallet.balance).toBe(0);
    expect((await shop.register({ email: ann.email, mobile: ann.mobile })).wallet.balance).toBe(50);
  });

  it('L62 a sale that the provider later gives to another customer is theirs', async () => {
    const shop = await openShop(database);
    await shop.apply(shop.payment('sale', { customer: { email: ann.email } }));
    const { id } = await shop.register({ email: ann.email });
    const version = new Date('2026-06-01T12:05:00Z');
    await shop.apply(shop.payment('sale', { customer: { externalId: 'BOB' }, version }));
    expect([(await shop.show(id)).wallet.balance, (await shop.bySquare('BOB')).wallet.balance]).toEqual([0, 50]);
    expect([await sales(shop, id), (await sales(shop, (await shop.bySquare('BOB')).id)).length]).toEqual([[], 1]);
  });

  it('a customer of the provider registered at the till by another name is the same one', async () => {
    const shop = await openShop(database);
    await shop.sell('sale', 'ANN');
    const { wallet } = await shop.register({ external: square('ANN'), email: ann.email });
    expect(wallet.balance).toBe(50);
    expect(await count(shop, 'customers')).toBe(1);
  });

  it('S1-142 registered by many at once is one customer, whichever of their names each gave', async () => {
    const shop = await openShop(database);
    const given = [ann, { email: ann.email }, { email: ann.email, mobile: ann.mobile }, { email: ann.email }];
    const answers = await Promise.all([...given, ...given, ...given].map((names) => shop.register(names)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect([await count(shop, 'customers'), await count(shop, 'customer_identities')]).toEqual([1, 3]);
    expect((await shop.show(answers[0]?.id ?? '')).identities).toEqual(shown);
  });

  it('L62 a sale told while its customer registers is theirs, whichever comes first', async () => {
    const shop = await openShop(database);
    const people = Array.from({ length: 12 }, (_, index) => `person${index}@example.com`);
    await Promise.all(
      people.flatMap((email) => [
        shop.register({ email }),
        shop.apply(shop.payment(`sale to ${email}`, { customer: { email } })),
      ]),
    );
    const balances = await Promise.all(people.map(async (email) => (await shop.find({ email })).wallet.balance));
    expect(balances).toEqual(people.map(() => 50));
    expect(await shop.faults()).toEqual([]);
  });
});

describe('findCustomer', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(await testDatabase());
    await shop.register(ann);
  });

  it.each([
    ['an address', { email: 'ANN@example.com ' }],
    ['a number with its code', { mobile: '+1 415 555 0100' }],
    ['a number as it is dialled', { mobile: '415.555.0100' }],
    ['an id at a provider', { external: square('ANN') }],
  ])('finds who is known by %s', async (_how, name) => {
    expect(await shop.find(name)).toMatchObject({ identities: shown, wallet: { balance: 0 } });
  });

  it.each([
    ['an address nobody has', { email: 'bob@example.com' }, ['not_found']],
    ['an id in other letters', { external: square('ann') }, ['not_found']],
    ['the id at another provider', { external: { provider: 'clover', value: 'ANN' } }, ['not_found']],
    ['an address given as an id', { external: square('ann@example.com') }, ['not_found']],
    ['what is no address', { email: 'ann' }, ['validation_failed', 'email']],
    ['two names', { email: ann.email, mobile: ann.mobile }, ['validation_failed', '']],
    ['no name', {}, ['validation_failed', '']],
  ])('refuses %s', async (_what, name, refused) => {
    expect(await refusal(shop.find(name))).toEqual(refused);
  });
});
