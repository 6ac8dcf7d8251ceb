import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeMerge, type MovingLot } from './compute-merge.ts';

const accounts = { fromAccountId: 'from', intoAccountId: 'into', releasesTo: 'spendable' };
const lot = (change: Partial<MovingLot> = {}): MovingLot => ({
  id: 'lot',
  remaining: 10,
  origin: null,
  expiresAt: null,
  availableAt: null,
  ...change,
});
const moment = fc.option(fc.date({ noInvalidDate: true }));
const lots = fc.array(
  fc.record({
    id: fc.uuid(),
    remaining: fc.integer({ min: 1, max: 1_000_000 }),
    origin: fc.option(fc.uuid()),
    expiresAt: moment,
    availableAt: moment,
  }),
);

describe('computeMerge', () => {
  it('L63 moves lot by lot, each with its own expiry and origin', () => {
    const expiresAt = new Date('2027-01-01T00:00:00Z');
    const held = [lot({ id: 'a', remaining: 30, expiresAt, origin: 'sale' }), lot({ id: 'b', remaining: 12 })];
    expect(computeMerge({ ...accounts, balance: 42, lots: held })).toEqual([
      { accountId: 'from', amount: -30, prefers: 'a' },
      { accountId: 'into', amount: 30, lot: { expiresAt, origin: 'sale' } },
      { accountId: 'from', amount: -12, prefers: 'b' },
      { accountId: 'into', amount: 12, lot: { expiresAt: null } },
    ]);
  });

  it('points that wait go on to the other wallet when their time comes', () => {
    const availableAt = new Date('2026-07-01T00:00:00Z');
    const [, credit] = computeMerge({ ...accounts, balance: 10, lots: [lot({ availableAt })] });
    expect(credit?.lot).toEqual({ expiresAt: null, release: { at: availableAt, accountId: 'spendable' } });
  });

  it('a debt moves like points do', () => {
    expect(computeMerge({ ...accounts, balance: -20, lots: [] })).toEqual([
      { accountId: 'into', amount: -20 },
      { accountId: 'from', amount: 20 },
    ]);
  });

  it('nothing makes no legs', () => {
    expect(computeMerge({ ...accounts, balance: 0, lots: [] })).toEqual([]);
  });

  it('stops at lots that do not make up the balance, rather than lose points', () => {
    expect(() => computeMerge({ ...accounts, balance: 11, lots: [lot()] })).toThrow('do not make up');
    expect(() => computeMerge({ ...accounts, balance: -1, lots: [lot()] })).toThrow('do not make up');
  });

  it('leaves nothing behind and makes nothing, whatever there is', () => {
    fc.assert(
      fc.property(lots, (held) => {
        const balance = held.reduce((sum, { remaining }) => sum + remaining, 0);
        const legs = computeMerge({ ...accounts, balance, lots: held });
        const sum = (account: string) =>
          legs.reduce((total, { accountId, amount }) => total + (accountId === account ? amount : 0), 0);
        expect([sum('from') + balance, sum('into') - balance]).toEqual([0, 0]);
        const credits = legs.filter(({ amount }) => amount > 0);
        expect(credits.map((leg) => leg.lot?.expiresAt)).toEqual(held.map(({ expiresAt }) => expiresAt));
      }),
    );
  });
});
