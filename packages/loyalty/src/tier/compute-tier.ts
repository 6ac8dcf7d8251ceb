import { Temporal } from 'temporal-polyfill';
import type { TierConfig } from './tier-config.ts';

/** The tier a customer holds. */
export interface HeldTier {
  name: string;
  /** Until when it is kept whatever the score; null: for ever. */
  expiresAt: Date | null;
}

export interface TierChange extends HeldTier {
  changed: 'up' | 'down' | null;
}

interface TierStanding {
  /** Null for a customer who has none yet. */
  current: HeldTier | null;
  /** What the config's `basis` counts: points, or minor units spent. */
  score: number;
  now: Date;
}

/** The name of the highest tier whose threshold the score reaches; the lowest when it reaches none. */
export function tierFor(score: number, config: TierConfig): string {
  return nameAt(reachedBy(score, config), config);
}

/**
 * The tier a customer holds from now on. Up at once. Kept until its validity ends, then renewed if the score still reaches it. Down
 * only when validity and grace are over: by one tier, or to the tier of the score, as the config says (case L61). Who holds no tier
 * of the config (a newcomer, or one whose tier was removed) starts from the lowest.
 *
 * A tier reached or renewed now is valid `periodMonths` from now, by the UTC calendar. The lowest never ends; nor does any without
 * `periodMonths`, so nobody falls from it.
 */
export function computeTier({ current, score, now }: TierStanding, config: TierConfig): TierChange {
  const held = Math.max(
    0,
    config.tiers.findIndex(({ name }) => name === current?.name),
  );
  const reached = reachedBy(score, config);
  const grant = (index: number, changed: TierChange['changed']): TierChange => ({
    name: nameAt(index, config),
    changed,
    expiresAt: index === 0 || config.periodMonths === null ? null : addMonths(now, config.periodMonths),
  });
  if (reached > held) return grant(reached, 'up');

  const endsAt = held === 0 || config.periodMonths === null ? null : (current?.expiresAt ?? null);
  const kept: TierChange = { name: nameAt(held, config), changed: null, expiresAt: endsAt };
  if (endsAt === null || now < endsAt) return kept;
  if (reached === held) return grant(held, null);
  if (now < addDays(endsAt, config.graceDays)) return kept;
  return grant(config.downgrade === 'one_down' ? held - 1 : reached, 'down');
}

function reachedBy(score: number, { tiers }: TierConfig): number {
  return Math.max(
    0,
    tiers.findLastIndex(({ threshold }) => score >= threshold),
  );
}

function nameAt(index: number, { tiers }: TierConfig): string {
  return (tiers[index] as TierConfig['tiers'][number]).name;
}

function addMonths(from: Date, months: number): Date {
  const start = Temporal.Instant.fromEpochMilliseconds(from.getTime()).toZonedDateTimeISO('UTC');
  return new Date(start.add({ months }).epochMilliseconds);
}

function addDays(from: Date, days: number): Date {
  return new Date(from.getTime() + days * 86_400_000);
}
