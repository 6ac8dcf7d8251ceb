import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProgramme } from '../account/programme.fixture.ts';
import { type Bank, convert, now, openBank } from './bank.fixture.ts';
import { loadRates, newestRateDay } from './load-rates.ts';

let database: TestDatabase;
let bank: Bank;
beforeAll(async () => {
  database = await testDatabase();
  bank = openBank(database);
});
beforeEach(async () => {
  await database.superuser.query('delete from ref.exchange_rates');
});

const later = '2026-11-28T12:00:00Z';

describe('base amounts are derived anew', () => {
  it('where a rate was missing and has come: its day is marked, and it is not found again', async () => {
    const programme = await openProgramme(database, { currency: 'GBP' });
    expect(await convert(programme, '2026-11-18')).toMatchObject({ baseNgrMinor: null, rate: null });
    await bank.derive(programme);
    await programme.clearDirtyDays();
    expect(await bank.underived(programme)).toBe(false);
    await bank.publish('2026-11-18', { GBP: '0.8' });
    expect(await bank.underived(programme)).toBe(true);
    expect((await bank.derive(programme)).rewritten).toBe(1);
    expect(await programme.facts()).toMatchObject([{ ngrMinor: 10_000, baseNgrMinor: 12_500, rateDay: '2026-11-18' }]);
    expect(await programme.dirtyDays()).toEqual(['2026-11-18']);
    expect(await bank.underived(programme)).toBe(false);
    expect((await bank.derive(programme)).rewritten).toBe(0);
  });

  it('where the rate of the very day came after the fact: when it was pulled makes no difference', async () => {
    await bank.publish('2026-11-19', { GBP: '0.5' });
    const programme = await openProgramme(database, { currency: 'GBP' });
    expect(await convert(programme, '2026-11-20')).toMatchObject({ baseNgrMinor: 20_000, rateDay: '2026-11-19' });
    await bank.publish('2026-11-20', { GBP: '0.8' });
    await bank.derive(programme);
    expect(await programme.facts()).toMatchObject([{ baseNgrMinor: 12_500, rateDay: '2026-11-20' }]);
    expect(await programme.changes()).toEqual([]);
  });

  it('where rates of the past are loaded late, by a clock that went back', async () => {
    await bank.publish('2026-11-20', { GBP: '0.5' });
    const programme = await openProgramme(database, { currency: 'GBP' });
    await convert(programme, '2026-01-05');
    await bank.derive(programme);
    const rates = [{ day: '2026-01-05', currency: 'GBP', rate: '0.8' }];
    expect(await loadRates(database.system, rates, new Date(now.getTime() - 288_000))).toBe(2);
    expect(await newestRateDay(database.system)).toBe('2026-11-20');
    expect((await bank.derive(programme)).rewritten).toBe(1);
    expect(await programme.facts()).toMatchObject([{ baseNgrMinor: 12_500 }]);
  });

  it('not while the organization is suspended', async () => {
    const programme = await openProgramme(database);
    const set = (status: string) =>
      database.superuser.query('update identity.organizations set status = $2 where id = $1', [
        programme.orgId,
        status,
      ]);
    await set('suspended');
    expect(await bank.underived(programme)).toBe(false);
    await set('active');
    expect(await bank.underived(programme)).toBe(true);
  });

  it('S0-019: all of them from the originals when the base currency is another, and back, step by step', async () => {
    const days = Array.from({ length: 40 }, (_, at) => new Date(Date.UTC(2026, 9, 1 + at)).toISOString().slice(0, 10));
    for (const [at, day] of days.entries())
      await bank.publish(day, { GBP: `0.8${at}`, USD: `1.1${at}`, JPY: `18${at}.7` });
    const programme = await openProgramme(database, { currency: 'GBP' });
    const rows = days.flatMap((day, at) =>
      ['a', 'b'].map((campaign) => programme.row(day, { campaign, ngrMinor: 12_345 - at })),
    );
    await programme.apply({ from: '2026-10-01', to: '2026-11-30' }, rows, later);
    const inEuros = await programme.facts();
    await bank.rebase(programme, 'JPY');
    expect(await bank.underived(programme)).toBe(true);
    expect(await bank.derive(programme)).toEqual({ rewritten: 80, steps: 3 });
    expect(new Set((await programme.facts()).map(({ baseCurrency }) => baseCurrency))).toEqual(new Set(['JPY']));
    await bank.rebase(programme, 'EUR');
    expect((await bank.derive(programme)).rewritten).toBe(80);
    expect(await programme.facts()).toEqual(inEuros);
    expect(await bank.underived(programme)).toBe(false);
    expect(await programme.changes()).toEqual([]);
  });

  it('to the last base currency, when it changes again while they are being derived', async () => {
    const days = Array.from({ length: 40 }, (_, at) => new Date(Date.UTC(2026, 9, 1 + at)).toISOString().slice(0, 10));
    for (const day of days) await bank.publish(day, { GBP: '0.8', USD: '1.6' });
    const programme = await openProgramme(database, { currency: 'GBP' });
    const window = { from: '2026-10-01', to: '2026-11-30' };
    await programme.apply(
      window,
      days.map((day) => programme.row(day, { ngrMinor: 100 })),
      later,
    );
    await bank.rebase(programme, 'GBP');
    expect(await bank.step(programme)).toEqual({ rewritten: 14, isDone: false });
    await bank.rebase(programme, 'USD');
    await programme.apply(
      window,
      days.map((day) => programme.row(day, { ngrMinor: day < '2026-11-01' ? 100 : 200 })),
      later,
    );
    await bank.derive(programme);
    const facts = await programme.facts();
    expect(facts.map(({ baseNgrMinor, baseCurrency }) => [baseNgrMinor, baseCurrency])).toEqual(
      facts.map(({ ngrMinor }) => [(ngrMinor as number) * 2, 'USD']),
    );
  });

  it('when the base currency changes and changes back, with facts in between', async () => {
    const programme = await openProgramme(database, { currency: 'GBP' });
    await bank.publish('2026-11-18', { GBP: '0.8' });
    await bank.derive(programme);
    await bank.rebase(programme, 'GBP');
    expect(await convert(programme, '2026-11-18')).toMatchObject({ baseCurrency: 'GBP', baseNgrMinor: 10_000 });
    await bank.rebase(programme, 'EUR');
    expect(await bank.underived(programme)).toBe(true);
    await bank.derive(programme);
    expect(await programme.facts()).toMatchObject([{ baseCurrency: 'EUR', baseNgrMinor: 12_500 }]);
  });

  it('whatever is applied, loaded and changed meanwhile: in the end all amounts are what they would be had all been known before', async () => {
    const day = (at: number) => `2026-11-${String(at).padStart(2, '0')}`;
    const act = fc.oneof(
      fc.record({
        kind: fc.constant('apply' as const),
        day: fc.integer({ min: 1, max: 20 }),
        ngrMinor: fc.integer({ min: -99, max: 99 }),
      }),
      fc.record({
        kind: fc.constant('publish' as const),
        day: fc.integer({ min: 1, max: 20 }),
        gbp: fc.integer({ min: 1, max: 999 }),
      }),
      fc.record({ kind: fc.constant('rebase' as const), to: fc.constantFrom('EUR', 'GBP', 'USD', 'KES') }),
      fc.record({ kind: fc.constant('step' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 15 }), async (acts) => {
        await database.superuser.query('delete from ref.exchange_rates');
        const programme = await openProgramme(database, { currency: 'GBP' });
        const { orgId } = programme;
        const said = new Map<string, number>();
        for (const each of acts) {
          if (each.kind === 'publish') await bank.publish(day(each.day), { GBP: `0.${each.gbp}`, USD: '1.1' });
          if (each.kind === 'rebase') await bank.rebase(programme, each.to);
          if (each.kind === 'step') await bank.step(programme);
          if (each.kind !== 'apply') continue;
          said.set(day(each.day), each.ngrMinor);
          await programme.apply(
            { from: day(each.day), to: day(each.day) },
            [programme.row(day(each.day), { ngrMinor: each.ngrMinor })],
            later,
          );
        }
        await bank.derive(programme);
        const { rows } = await database.superuser.query(
          'select base_currency from identity.organizations where id = $1',
          [orgId],
        );
        const fresh = await openProgramme(database, { currency: 'GBP', baseCurrency: rows[0].base_currency });
        await fresh.apply(
          { from: day(1), to: day(20) },
          [...said].map(([on, ngrMinor]) => fresh.row(on, { ngrMinor })),
          later,
        );
        expect(await programme.facts()).toEqual(await fresh.facts());
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});
