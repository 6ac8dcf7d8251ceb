import { describe, expect, it } from 'vitest';
import { ruleConfig } from '../rule/rule-config.ts';
import { computeRewards, isDue, isUndone, needsFunds, type WalletFunds } from './compute-rewards.ts';
import type { PostedPoints, SaleState, SaleWallet } from './sale-state.ts';

const walletOf = (id: string): SaleWallet => ({
  id,
  customerId: `customer of ${id}`,
  accountId: `account of ${id}`,
  pendingAccountId: `pending account of ${id}`,
  status: 'active',
});
const config = (change: object = {}) => ruleConfig.parse({ conversionRate: 1, ...change });
const rule = (change: object = {}) => ({ id: 'r', config: config(change), currency: 'USD' });

const sale = (change: Partial<SaleState>): SaleState => ({
  transactionId: 't',
  provider: 'square',
  status: 'completed',
  amountMinor: 5000,
  tipMinor: 0,
  taxMinor: 0,
  refundedMinor: 0,
  refundsMinor: 0,
  currency: 'USD',
  lines: null,
  wallet: walletOf('w'),
  transactionAt: new Date('2026-06-01T12:00:00Z'),
  latestVersion: new Date('2026-06-01T12:00:00Z'),
  rule: rule(),
  posted: [],
  rewards: [],
  timeZone: 'UTC',
  hasTiers: false,
  ...change,
});

const posted = (kind: PostedPoints['kind'], points: number, waived = 0, wallet = 'w'): PostedPoints => {
  return { wallet: walletOf(wallet), kind, points, waived, events: 1 };
};
const holding = (available: number, waiting = 0, earnedToday = 0): WalletFunds => ({
  available,
  pendingByOrigin: new Map([['t', waiting]]),
  earnedOn: new Map([['2026-06-01', earnedToday]]),
});

function decide(change: Partial<SaleState>, funds = holding(1000)) {
  const context = {
    now: new Date('2026-06-01T13:00:00Z'),
    funds: new Map([
      ['w', funds],
      ['other', holding(1000)],
    ]),
  };
  return computeRewards(sale(change), context);
}

/** Who, why, points, waived, which decision of its kind. */
const brief = (changes: ReturnType<typeof computeRewards>) =>
  changes.map(({ wallet, kind, points, waived, sequence }) => [wallet.id, kind, points, waived, sequence]);

describe('computeRewards', () => {
  it.each<[string, Partial<SaleState>, ReturnType<typeof brief>]>([
    ['a completed sale earns', {}, [['w', 'earn', 50, 0, 1]]],
    ['L64 what was posted is not posted again', { posted: [posted('earn', 50)] }, []],
    ['a pending sale earns nothing yet', { status: 'pending' }, []],
    ['an anonymous sale earns nothing yet', { wallet: null }, []],
    ['a sale before the first rule earns nothing', { rule: null }, []],
    ['a sale in another currency than the rule earns nothing', { currency: 'EUR' }, []],
    [
      'a refund told before its payment is taken back at once',
      { refundsMinor: 2500 },
      [
        ['w', 'earn', 50, 0, 1],
        ['w', 'clawback', -25, 0, 1],
      ],
    ],
    [
      'of the two views of a refund the larger counts',
      { refundedMinor: 5000, refundsMinor: 2500, posted: [posted('earn', 50)] },
      [['w', 'clawback', -50, 0, 1]],
    ],
    [
      'the tip is part of what was paid and not of what earns',
      { tipMinor: 5000, refundedMinor: 5000, posted: [posted('earn', 50)] },
      [['w', 'clawback', -25, 0, 1]],
    ],
    [
      'a corrected amount posts the difference',
      { amountMinor: 5500, posted: [posted('earn', 50)] },
      [['w', 'earn', 5, 0, 2]],
    ],
    [
      'a cancelled sale gives its earnings back',
      { status: 'cancelled', posted: [posted('earn', 50)] },
      [['w', 'earn', -50, 0, 2]],
    ],
    [
      'a sale that turns out to be of another customer moves',
      { posted: [posted('earn', 50, 0, 'other')] },
      [
        ['other', 'earn', -50, 0, 2],
        ['w', 'earn', 50, 0, 1],
      ],
    ],
    [
      'L7 the part that was paid with points earns nothing',
      { rewards: [used('tender', 2000)] },
      [['w', 'earn', 30, 0, 1]],
    ],
    [
      'a reward that lowered the price changes nothing: the amount is lower already',
      { rewards: [used('discount', 2000)] },
      [['w', 'earn', 50, 0, 1]],
    ],
  ])('%s', (_case, change, expected) => {
    expect(brief(decide(change))).toEqual(expected);
    expect(isDue(sale(change))).toBe(expected.length > 0);
  });

  it.each([
    ['within_balance takes what is there and waives the rest', 'within_balance', 30, 0, -30, -20],
    ['within_balance takes nothing of a wallet below zero', 'within_balance', -5, 0, 0, -50],
    ['allow_negative takes all', 'allow_negative', 30, 0, -50, 0],
    ['only_pending takes what still waits', 'only_pending', 1000, 20, -20, -30],
    ['points that wait go first', 'within_balance', 35, 20, -50, 0],
  ])('L48 policy when the points are spent: %s', (_case, clawbackPolicy, available, waiting, points, waived) => {
    const [change] = decide(
      { refundedMinor: 5000, posted: [posted('earn', 50)], rule: rule({ clawbackPolicy }) },
      holding(available, waiting),
    );
    expect([change?.points, change?.waived, change?.overdraw]).toEqual([
      points,
      waived,
      clawbackPolicy === 'allow_negative',
    ]);
    expect(change?.legs.reduce((sum, { amount }) => sum + amount, 0)).toBe(points);
    expect(change?.legs.every(({ prefers }) => prefers === 't')).toBe(true);
  });

  it('what was waived is not taken later, nor given back when the refund is undone', () => {
    const spent = [posted('earn', 50), posted('clawback', -30, -20)];
    expect(decide({ refundedMinor: 5000, posted: spent })).toEqual([]);
    expect(brief(decide({ posted: spent }))).toEqual([['w', 'clawback', 30, 20, 2]]);
  });

  it('a day earns up to its limit, over all its sales, and a refund takes back of what was given', () => {
    const limited = rule({ limits: { pointsEarnedPerDay: 60 } });
    expect(brief(decide({ rule: limited }, holding(0, 0, 40)))).toEqual([['w', 'earn', 20, 30, 1]]);
    const capped = [posted('earn', 20, 30)];
    expect(brief(decide({ rule: limited, refundedMinor: 2500, posted: capped }))).toEqual([
      ['w', 'clawback', -10, 0, 1],
    ]);
    expect(brief(decide({ rule: limited, status: 'cancelled', posted: capped }))).toEqual([['w', 'earn', -20, -30, 2]]);
  });

  it.each([
    ['UTC', 20, 30],
    // There it is the second of June by then.
    ['Pacific/Kiritimati', 50, 0],
  ])('L8 the day of a limit is that of the sale in %s', (timeZone, points, waived) => {
    const [change] = decide(
      { rule: rule({ limits: { pointsEarnedPerDay: 60 } }), timeZone, transactionAt: new Date('2026-06-01T12:00:00Z') },
      holding(0, 0, 40),
    );
    expect([change?.points, change?.waived]).toEqual([points, waived]);
  });

  it('L34 points wait until their day, with an expiry counted from then, and go straight in when it has passed', () => {
    const waiting = rule({ pendingDays: 7, expiry: { months: 1, roundUp: 'day' } });
    expect(decide({ rule: waiting })[0]?.legs).toEqual([
      {
        accountId: 'pending account of w',
        amount: 50,
        lot: {
          expiresAt: new Date('2026-07-09T00:00:00Z'),
          origin: 't',
          release: { at: new Date('2026-06-08T00:00:00Z'), accountId: 'account of w' },
        },
      },
    ]);
    const [late] = decide({ rule: waiting, transactionAt: new Date('2026-05-01T12:00:00Z') });
    expect(late?.legs).toEqual([
      {
        accountId: 'account of w',
        amount: 50,
        lot: { expiresAt: new Date('2026-06-09T00:00:00Z'), origin: 't' },
      },
    ]);
  });

  it('asks for what wallets hold only where it matters', () => {
    expect(needsFunds(sale({}))).toBe(false);
    expect(needsFunds(sale({ rule: rule({ limits: { pointsEarnedPerDay: 60 } }) }))).toBe(true);
    expect(needsFunds(sale({ status: 'cancelled', posted: [posted('earn', 50)] }))).toBe(true);
    expect(needsFunds(sale({ refundedMinor: 100, posted: [posted('earn', 50)] }))).toBe(true);
  });

  it.each<[boolean, Partial<SaleState>]>([
    [true, { status: 'cancelled' }],
    [true, { refundsMinor: 5000 }],
    [true, { tipMinor: 100, refundedMinor: 5100 }],
    [false, { tipMinor: 100, refundedMinor: 5000 }],
    [false, { status: 'pending' }],
  ])('L44 a sale is undone: %s', (undone, change) => {
    expect(isUndone(sale(change))).toBe(undone);
  });
});

function used(appliedAs: 'discount' | 'tender', valueMinor: number): SaleState['rewards'][number] {
  const wallet = walletOf('w');
  return {
    id: 'x',
    ruleId: 'r',
    postingId: 'p',
    points: 1,
    valueMinor,
    appliedAs,
    wallet,
    moved: false,
    returned: false,
  };
}
