import { describe, expect, it } from 'vitest';
import { readRuleConfig, ruleConfig } from './rule-config.ts';

const sixKeys = {
  conversionRate: 2,
  minSpendMinorUnits: 0,
  maxPointsPerTransaction: 500,
  minBalanceToRedeem: 100,
  maxRedemptionPercentage: 50,
  roundingPolicy: 'ceil',
};
const defaults = {
  taxMode: 'include',
  pointValueMinorUnits: 1,
  items: { include: [], exclude: [], multipliers: [], bonuses: [] },
  additionalRates: [],
  pendingDays: 0,
  expiry: null,
  clawbackPolicy: 'within_balance',
  limits: { pointsEarnedPerDay: null, redemptionsPerDay: null, pointsRedeemedPerDay: null, salesPerHourAlert: null },
  rewardMinutes: 1440,
};

describe('readRuleConfig', () => {
  it('S1-095 reads a config of six keys, stored before there were more, and gives every other its default', () => {
    expect(readRuleConfig(sixKeys)).toEqual({ ...sixKeys, ...defaults });
  });

  it('reads what was stored with all its fields as it is', () => {
    const stored = ruleConfig.parse({
      conversionRate: 1,
      items: { exclude: [{ sku: 'gift-card' }], multipliers: [{ match: null, factor: 0 }] },
      limits: { redemptionsPerDay: 10 },
      expiry: { months: 12, roundUp: 'month' },
    });
    expect(readRuleConfig(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
  });

  it.each([
    ['nothing', null],
    ['no rate', { ...sixKeys, conversionRate: undefined }],
    ['a field of no rule', { ...sixKeys, secret: 'hunter2' }],
  ])('fails on %s as a fault of ours, without quoting it', (_what, stored) => {
    const failure = expect.objectContaining({ code: 'internal', message: expect.not.stringContaining('hunter2') });
    expect(() => readRuleConfig(stored)).toThrow(failure);
  });
});

describe('ruleConfig', () => {
  const bonus = (points: number) => ({ items: { bonuses: [{ match: null, points }] } });
  const multiplier = (factor: number) => ({ items: { multipliers: [{ match: null, factor }] } });

  it.each([
    ['a factor of 0', multiplier(0)],
    ['a factor of 0.000001', multiplier(0.000001)],
    ['a factor of a million', multiplier(1_000_000)],
    ['points that expire the day they are earned', { expiry: { months: 0, roundUp: 'day' } }],
    ['90 days of pending', { pendingDays: 90 }],
    ['a point worth a third of a cent', { pointValueMinorUnits: 0.333 }],
  ])('takes %s', (_what, change) => {
    expect(ruleConfig.safeParse({ conversionRate: 1, ...change }).success).toBe(true);
  });

  it.each([
    ['a factor below 0', multiplier(-1), 'items.multipliers.0.factor'],
    ['a factor too small to be meant', multiplier(5e-324), 'items.multipliers.0.factor'],
    ['a factor above a million', multiplier(1_000_001), 'items.multipliers.0.factor'],
    ['a bonus of nothing', bonus(0), 'items.bonuses.0.points'],
    ['half a point', bonus(0.5), 'items.bonuses.0.points'],
    ['a line that is matched by nothing', { items: { include: [{}] } }, 'items.include.0'],
    ['a line that is matched twice', { items: { include: [{ sku: 'a', label: 'b' }] } }, 'items.include.0'],
    ['a rate of 0', { additionalRates: [{ conversionRate: 0 }] }, 'additionalRates.0.conversionRate'],
    ['91 days of pending', { pendingDays: 91 }, 'pendingDays'],
    ['a month and a half', { expiry: { months: 1.5, roundUp: 'day' } }, 'expiry.months'],
    ['expiry at an hour', { expiry: { months: 1, roundUp: 'hour' } }, 'expiry.roundUp'],
    ['a point worth nothing', { pointValueMinorUnits: 0 }, 'pointValueMinorUnits'],
    ['a limit of 0', { limits: { redemptionsPerDay: 0 } }, 'limits.redemptionsPerDay'],
    ['a reward that lapses at once', { rewardMinutes: 0 }, 'rewardMinutes'],
    ['a limit that there is not', { limits: { perWeek: 1 } }, 'limits'],
  ])('refuses %s', (_what, change, path) => {
    const issues = ruleConfig.safeParse({ conversionRate: 1, ...change }).error?.issues;
    expect(issues?.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});
