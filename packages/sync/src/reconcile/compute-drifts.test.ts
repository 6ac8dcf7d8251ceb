import { describe, expect, it } from 'vitest';
import { type Compared, type Held, totalsOf } from './compared.ts';
import { computeDrifts } from './compute-drifts.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 12, minute));

const payment = (externalId: string, change: object = {}) =>
  ({
    kind: 'payment',
    externalId,
    status: 'completed',
    amountMinor: 1000,
    tipMinor: 100,
    refundedMinor: 0,
    currency: 'USD',
    version: at(0),
    ...change,
  }) as Compared;

const held = (compared: Compared, change: Partial<NonNullable<Held['points']>> = {}): Held => ({
  compared,
  points: { due: 10, posted: 10, differ: false, ...change },
});

const causes = (listed: Compared[], here: Held[], waiting: [string, string][] = []) =>
  computeDrifts({ listed, held: here, waiting: new Map(waiting) }).map(({ externalId, cause, eventId }) => [
    externalId,
    cause,
    eventId,
  ]);

describe('computeDrifts', () => {
  it('finds none where both have the same', () => {
    expect(causes([payment('a'), payment('b')], [held(payment('b')), held(payment('a'))])).toEqual([]);
  });

  it.each<[string, Compared[], Held[]]>([
    ['missing_here', [payment('a')], []],
    ['missing_there', [], [held(payment('a'))]],
    ['stale', [payment('a', { version: at(1) })], [held(payment('a'))]],
    ['amount_differs', [payment('a', { amountMinor: 999 })], [held(payment('a'))]],
    ['amount_differs', [payment('a', { tipMinor: 99 })], [held(payment('a'))]],
    ['amount_differs', [payment('a', { refundedMinor: 1 })], [held(payment('a'))]],
    ['amount_differs', [payment('a', { status: 'pending' })], [held(payment('a'))]],
    ['amount_differs', [payment('a', { currency: 'EUR' })], [held(payment('a'))]],
    ['points_differ', [payment('a')], [held(payment('a'), { differ: true })]],
  ])('says %s', (cause, listed, here) => {
    expect(causes(listed, here)).toEqual([['a', cause, null]]);
  });

  it('takes what we hold newer than it was listed for changed since', () => {
    expect(causes([payment('a')], [held(payment('a', { version: at(1), amountMinor: 1 }))])).toEqual([]);
  });

  it('names the event that waits, where one would explain it', () => {
    const listed = [payment('a'), payment('b', { version: at(1) }), payment('d')];
    const here = [held(payment('b')), held(payment('c')), held(payment('d'), { differ: true })];
    const waiting = ['a', 'b', 'c', 'd'].map((id): [string, string] => [id, `event of ${id}`]);
    expect(causes(listed, here, waiting)).toEqual([
      ['a', 'unapplied', 'event of a'],
      ['b', 'unapplied', 'event of b'],
      ['c', 'missing_there', null],
      ['d', 'points_differ', null],
    ]);
  });

  it('tells a payment and a refund of one id apart', () => {
    const refund = { ...payment('a'), kind: 'refund', paymentExternalId: 'a' } as Compared;
    expect(computeDrifts({ listed: [refund], held: [held(payment('a'))], waiting: new Map() })).toMatchObject([
      { resource: 'payments', cause: 'missing_there' },
      { resource: 'refunds', cause: 'missing_here', parentId: 'a' },
    ]);
  });
});

describe('totalsOf', () => {
  it('counts completed payments by currency, and objects by kind', () => {
    const object = { kind: 'object', resource: 'Invoices', externalId: 'x', removed: false, version: at(0) } as const;
    const all = [
      payment('a'),
      payment('b', { refundedMinor: 300 }),
      payment('c', { currency: 'EUR' }),
      payment('d', { status: 'failed' }),
      { ...payment('e'), kind: 'refund', paymentExternalId: 'a' } as Compared,
      object,
    ];
    expect(totalsOf(all)).toEqual({
      USD: { count: 2, amountMinor: 2200, refundedMinor: 300 },
      EUR: { count: 1, amountMinor: 1100, refundedMinor: 0 },
      Invoices: { count: 1, amountMinor: 0, refundedMinor: 0 },
    });
  });
});
