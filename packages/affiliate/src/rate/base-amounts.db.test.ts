import { divide, toFraction } from '@tributary/core/money';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProgramme } from '../account/programme.fixture.ts';
import { type Bank, convert, openBank } from './bank.fixture.ts';

let database: TestDatabase;
let bank: Bank;
beforeAll(async () => {
  database = await testDatabase();
  bank = openBank(database);
});
beforeEach(async () => {
  await database.superuser.query('delete from ref.exchange_rates');
});

describe('an amount in base currency', () => {
  it('S0-039, A41: is by the rate of the fact’s day, and another rate of next week changes nothing', async () => {
    await bank.publish('2026-01-05', { GBP: '0.8', USD: '0.92' });
    const programme = await openProgramme(database, { currency: 'GBP', baseCurrency: 'USD' });
    const stored = await convert(programme, '2026-01-05');
    expect(stored).toMatchObject({ baseNgrMinor: 11_500, rate: '1.15', rateDay: '2026-01-05', rateSource: 'ecb' });
    await bank.publish('2026-01-12', { GBP: '0.7', USD: '1.4' });
    expect(await convert(programme, '2026-01-05')).toEqual(stored);
    expect((await bank.derive(programme)).rewritten).toBe(0);
    expect(await convert(programme, '2026-01-05', 20_000)).toMatchObject({ baseNgrMinor: 23_000, rate: '1.15' });
  });

  it('A41: of a day whose rate is published again with another value stays what it was', async () => {
    await bank.publish('2026-01-05', { GBP: '0.8' });
    const programme = await openProgramme(database, { currency: 'GBP' });
    const stored = await convert(programme, '2026-01-05');
    expect(await bank.publish('2026-01-05', { GBP: '0.5' })).toBe(0);
    await bank.derive(programme);
    expect(await convert(programme, '2026-01-05')).toEqual(stored);
  });

  it.each([
    ['Friday on Friday', '2026-11-13', '2026-11-13'],
    ['Friday on Sunday', '2026-11-15', '2026-11-13'],
    ['Friday seven days later', '2026-11-20', '2026-11-13'],
    ['none eight days later', '2026-11-21', null],
    ['none before the first', '2026-11-12', null],
  ])('is by the rate of %s', async (_, day, rateDay) => {
    await bank.publish('2026-11-13', { GBP: '0.8' });
    const programme = await openProgramme(database, { currency: 'GBP' });
    const baseNgrMinor = rateDay === null ? null : 12_500;
    expect(await convert(programme, day)).toMatchObject({ ngrMinor: 10_000, baseNgrMinor, rateDay });
  });

  it.each([
    ['its own currency', 'GBP', 'GBP', { rate: '1', rateSource: 'par', rateDay: '2026-11-20' }, 10_000],
    ['the euro', 'GBP', 'EUR', { rate: '1.25', rateSource: 'ecb' }, 12_500],
    ['pounds for euros', 'EUR', 'GBP', { rate: '0.8', rateSource: 'ecb' }, 8_000],
    ['yen, which have no cents', 'GBP', 'JPY', { rate: '225' }, 22_500],
    ['pounds for yen', 'JPY', 'GBP', { rateDay: '2026-11-20' }, 4_444],
    ['dinars, which have mils', 'GBP', 'BHD', { rate: '0.5' }, 50_000],
    ['yen for dinars', 'BHD', 'JPY', { rate: '450' }, 4_500],
    ['a currency without a rate: nothing', 'GBP', 'KES', { rate: null, rateDay: null, rateSource: null }, null],
  ])('is in %s', async (_, currency, baseCurrency, told, baseNgrMinor) => {
    await bank.publish('2026-11-20', { GBP: '0.8', JPY: '180', BHD: '0.4' });
    const programme = await openProgramme(database, { currency, baseCurrency });
    expect(await convert(programme, '2026-11-20')).toMatchObject({ ...told, baseCurrency, baseNgrMinor });
  });

  it('needs both rates of one day', async () => {
    await bank.publish('2026-11-19', { GBP: '0.8', USD: '1.6' });
    await bank.publish('2026-11-20', { GBP: '0.5' });
    const programme = await openProgramme(database, { currency: 'GBP', baseCurrency: 'USD' });
    expect(await convert(programme, '2026-11-20')).toMatchObject({ rate: '2', rateDay: '2026-11-19' });
  });

  it('is rounded once, half away from zero, exactly, whatever the amount and the rates', async () => {
    const rate = fc.integer({ min: 5_000, max: 9_999_999 }).map((digits) => digits / 10_000);
    const pair = fc.record({
      own: rate,
      base: rate,
      amounts: fc.array(fc.oneof(fc.integer({ min: -1e12, max: 1e12 }), fc.integer({ min: -9999, max: 9999 })), {
        minLength: 1,
        maxLength: 30,
      }),
    });
    // Half a cent after a quotient without an end: 7 / 0.56 = 12.5.
    const half = { own: 0.56, base: 1, amounts: [7, -7, 21, -21, 35] };
    let day = Date.UTC(2020, 0, 1);
    const programme = await openProgramme(database, { currency: 'GBP', baseCurrency: 'USD' });
    await fc.assert(
      fc.asyncProperty(pair, async ({ own, base, amounts }) => {
        day += 86_400_000;
        const on = new Date(day).toISOString().slice(0, 10);
        await bank.publish(on, { GBP: String(own), USD: String(base) });
        const rows = amounts.map((ngrMinor, at) =>
          programme.row(on, { subId: `${at}`.padStart(3, '0'), ngrMinor, ggrMinor: -ngrMinor }),
        );
        await programme.apply({ from: on, to: on }, rows, '2027-12-01T00:00:00Z');
        const facts = (await programme.facts()).filter((fact) => fact.day === on);
        const [numerator, denominator] = [toFraction(base), toFraction(own)];
        const exact = (amount: number) =>
          Number(
            divide(
              BigInt(amount) * numerator.numerator * denominator.denominator,
              numerator.denominator * denominator.numerator,
              'round',
            ),
          );
        expect(facts.map(({ baseNgrMinor }) => baseNgrMinor)).toEqual(amounts.map(exact));
        expect(facts.map(({ baseGgrMinor }) => baseGgrMinor)).toEqual(amounts.map((amount) => exact(-amount)));
      }),
      { numRuns: 100, examples: [[half]] },
    );
  });
});
