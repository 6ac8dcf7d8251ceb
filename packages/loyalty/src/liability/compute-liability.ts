import { divide, toFraction } from '@tributary/core/money';
import { readRuleConfig } from '../rule/rule-config.ts';
import type { PointsLiability } from './points-liability.ts';

/** Points of one kind, in one month where the kind has months. */
export interface PointsOfPart {
  part: 'available' | 'held' | 'pending' | 'overdrawn';
  /** `2026-12` */
  month: string | null;
  points: number;
}

/** What says what a point is worth: `config` as it is stored. */
interface RuleInForce {
  config: unknown;
  currency: string;
}

/** Adds up and values what customers hold. @param parts the earliest month first */
export function computeLiability(parts: readonly PointsOfPart[], rule: RuleInForce | null): PointsLiability {
  const worth = rule && readRuleConfig(rule.config).pointValueMinorUnits;
  const valued = (points: number) => ({ points, valueMinor: worth === null ? null : worthOf(points, worth) });
  const of = (part: PointsOfPart['part']) => parts.filter((one) => one.part === part && one.points !== 0);
  const total = (part: PointsOfPart['part']) => of(part).reduce((sum, { points }) => sum + points, 0);
  return {
    currency: rule?.currency ?? null,
    pointValueMinorUnits: worth,
    outstanding: valued(total('available') + total('held') + total('pending') - total('overdrawn')),
    available: {
      ...valued(total('available')),
      byExpiry: of('available').map(({ month, points }) => ({ month, ...valued(points) })),
    },
    held: valued(total('held')),
    pending: {
      ...valued(total('pending')),
      byRelease: of('pending').map(({ month, points }) => ({ month: month ?? '', ...valued(points) })),
    },
    overdrawn: valued(total('overdrawn')),
  };
}

/** Never beyond the largest safe integer: a rule may say what no number of points can be worth. */
function worthOf(points: number, worth: number): number {
  const { numerator, denominator } = toFraction(worth);
  const value = divide(BigInt(points) * numerator, denominator, 'floor');
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > most ? most : value < -most ? -most : value);
}
