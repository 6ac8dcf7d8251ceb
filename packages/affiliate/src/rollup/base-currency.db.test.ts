import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBank } from '../rate/bank.fixture.ts';
import { openAgency } from './agency.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const [day, next] = ['2026-11-20', '2026-11-21'];
const window = { from: day, to: next };
const at = '2026-12-20T12:00:00Z';

/** Two accounts with an NGR of 1.00 EUR on each day; what is stored of a day, and in which currency. */
async function open() {
  const agency = await openAgency(database);
  const bank = openBank(database);
  await bank.publish(day, { USD: '1.25' });
  const [one, two] = agency.accounts;
  const told = (account: typeof one, ngrMinor: number) =>
    account.apply(
      window,
      [day, next].map((on) => account.row(on, { ngrMinor })),
      at,
    );
  await told(one, 100);
  await told(two, 100);
  const total = async (on: string) => {
    const { rows } = await database.superuser.query(
      `select base_currency, ngr_minor::int, rows_unconverted::int from affiliate.rollups where org_id = $1 and day = $2 and dimension = 'total'`,
      [agency.orgId, on],
    );
    return Object.values(rows[0]);
  };
  const derive = async () => {
    for (const account of agency.accounts) await bank.derive(account);
  };
  return { ...agency, rebase: (currency: string) => bank.rebase(one, currency), derive, told, total };
}

describe('roll-ups while the organization has another base currency', () => {
  it('S0-019: are in the one that their facts stand in, until those are derived', async () => {
    const { recompute, rebase, derive, total, stored, expected } = await open();
    await rebase('USD');
    await recompute();
    expect(await total(day)).toEqual(['EUR', 200, 0]);
    await derive();
    await recompute();
    expect(await total(day)).toEqual(['USD', 250, 0]);
    expect(await stored()).toEqual(await expected());
  });

  it('are in the new one where some facts are, and miss the others', async () => {
    const { recompute, rebase, told, total, accounts, stored, expected } = await open();
    await rebase('USD');
    await told(accounts[0], 300);
    await recompute();
    expect(await total(day)).toEqual(['USD', 375, 1]);
    expect(await stored()).toEqual(await expected());
  });

  it('are what they were when the former one comes back before anything was derived', async () => {
    const { recompute, rebase, derive, total } = await open();
    await derive();
    await rebase('USD');
    await recompute();
    await rebase('EUR');
    await derive();
    await recompute();
    expect(await total(day)).toEqual(['EUR', 200, 0]);
  });
});
