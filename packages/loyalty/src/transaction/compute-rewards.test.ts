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
  customerExternalId: 'ann',
  transactionAt: new Date(0),
  latestVersion: new Date(0),
  keptCustomerId: null,
  keptRuleId: null,
  ruleId: 'r',
  ruleConfig: ruleConfig.parse({ conversionRate: 1 }),
  ruleCurrency: 'USD',
  posted: [],
  ...change,
});
const earned = (points: number, walletId = 'w', postings = 1) => ({
  walletId,
  kind: 'earn' as const,
  points,
  postings,
});

describe('computeRewards', () => {
  it.each<[string, Partial<SaleState>, ReturnType<typeof computeRewards>]>([
    ['a completed sale earns', {}, [{ walletId: 'w', kind: 'earn', points: 50, sequence: 1 }]],
    ['L64 what was posted is not posted again', { posted: [earned(50)] }, []],
    ['a pending sale earns nothing yet', { status: 'pending' }, []],
    ['an anonymous sale earns nothing yet', { customerExternalId: null }, []],
    ['a sale before the first rule earns nothing', { ruleConfig: null, ruleId: null }, []],
    ['a sale in another currency than the rule earns nothing', { currency: 'EUR' }, []],
    [
      'a refund told before its payment is taken back at once',
      { refundsMinor: 2500 },
      [
        { walletId: 'w', kind: 'earn', points: 50, sequence: 1 },
        { walletId: 'w', kind: 'clawback', points: -25, sequence: 1 },
      ],
    ],
    [
      'of the two views of a refund the larger counts',
      { refundedMinor: 5000, refundsMinor: 2500, posted: [earned(50)] },
      [{ walletId: 'w', kind: 'clawback', points: -50, sequence: 1 }],
    ],
    [
      'the tip is part of what was paid and not of what earns',
      { tipMinor: 5000, refundedMinor: 5000, posted: [earned(50)] },
      [{ walletId: 'w', kind: 'clawback', points: -25, sequence: 1 }],
    ],
    [
      'a corrected amount posts the difference',
      { amountMinor: 5500, posted: [earned(50)] },
      [{ walletId: 'w', kind: 'earn', points: 5, sequence: 2 }],
    ],
    [
      'a cancelled sale gives its earnings back',
      { status: 'cancelled', posted: [earned(50)] },
      [{ walletId: 'w', kind: 'earn', points: -50, sequence: 2 }],
    ],
    [
      'a sale that turns out to be of another customer moves',
      { posted: [earned(50, 'other')] },
      [
        { walletId: 'other', kind: 'earn', points: -50, sequence: 2 },
        { walletId: 'w', kind: 'earn', points: 50, sequence: 1 },
      ],
    ],
  ])('%s', (_case, change, expected) => {
    const state = sale(change);
    expect(computeRewards(state, state.customerExternalId === null ? null : 'w')).toEqual(expected);
  });
});
