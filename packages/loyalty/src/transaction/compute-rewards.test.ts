import { describe, expect, it } from 'vitest';
import { ruleConfig } from '../rule/rule-config.ts';
import { computeRewards } from './compute-rewards.ts';
import type { SaleState } from './sale-state.ts';

const sale = (change: Partial<SaleState>): SaleState => ({
  transactionId: 't',
  provider: 'square',
  status: 'completed',
  amountMinor: 5000,
  tipMinor: 0,
  refundedMinor: 0,
  refundsMinor: 0,
  currency: 'USD',
  walletId: 'w',
  accountId: 'account of w',
  transactionAt: new Date(0),
  latestVersion: new Date(0),
  ruleId: 'r',
  ruleConfig: ruleConfig.parse({ conversionRate: 1 }),
  ruleCurrency: 'USD',
  posted: [],
  ...change,
});
const accountId = (walletId: string) => `account of ${walletId}`;
const earned = (points: number, walletId = 'w', postings = 1) => {
  return { walletId, accountId: accountId(walletId), kind: 'earn' as const, points, postings };
};
const change = (walletId: string, kind: 'earn' | 'clawback', points: number, sequence: number) => {
  return { walletId, accountId: accountId(walletId), kind, points, sequence };
};

describe('computeRewards', () => {
  it.each<[string, Partial<SaleState>, ReturnType<typeof computeRewards>]>([
    ['a completed sale earns', {}, [change('w', 'earn', 50, 1)]],
    ['L64 what was posted is not posted again', { posted: [earned(50)] }, []],
    ['a pending sale earns nothing yet', { status: 'pending' }, []],
    ['an anonymous sale earns nothing yet', { walletId: null, accountId: null }, []],
    ['a sale before the first rule earns nothing', { ruleConfig: null, ruleId: null }, []],
    ['a sale in another currency than the rule earns nothing', { currency: 'EUR' }, []],
    [
      'a refund told before its payment is taken back at once',
      { refundsMinor: 2500 },
      [change('w', 'earn', 50, 1), change('w', 'clawback', -25, 1)],
    ],
    [
      'of the two views of a refund the larger counts',
      { refundedMinor: 5000, refundsMinor: 2500, posted: [earned(50)] },
      [change('w', 'clawback', -50, 1)],
    ],
    [
      'the tip is part of what was paid and not of what earns',
      { tipMinor: 5000, refundedMinor: 5000, posted: [earned(50)] },
      [change('w', 'clawback', -25, 1)],
    ],
    [
      'a corrected amount posts the difference',
      { amountMinor: 5500, posted: [earned(50)] },
      [change('w', 'earn', 5, 2)],
    ],
    [
      'a cancelled sale gives its earnings back',
      { status: 'cancelled', posted: [earned(50)] },
      [change('w', 'earn', -50, 2)],
    ],
    [
      'a sale that turns out to be of another customer moves',
      { posted: [earned(50, 'other')] },
      [change('other', 'earn', -50, 2), change('w', 'earn', 50, 1)],
    ],
  ])('%s', (_case, difference, expected) => {
    expect(computeRewards(sale(difference))).toEqual(expected);
  });
});
