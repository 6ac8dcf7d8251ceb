// Temporal, which Node 24 lacks: 55 KB (19 zipped), kept in step with the standard, and it gives way to the native one.
import { Temporal } from 'temporal-polyfill';
import type { RuleConfig } from '../rule/rule-config.ts';

export interface LotDates {
  /** From when the points can be spent; null: at once. */
  availableAt: Date | null;
  /** From when they are gone; null: never. */
  expiresAt: Date | null;
}

/**
 * When points earned at a time can be spent, and when they expire, by the calendar of a time zone (IANA). Both are midnights: the
 * first instant of a local day, which is not 00:00 where the clock is put forward at midnight.
 *
 * Points are pending until the day `pendingDays` after the day of earning begins. Months count from the day they can be spent (case
 * L34); a month without that day ends on its last one. They are good to the end of the day so found (cases L29, L32), or of its
 * month (L28, L31).
 * @throws RangeError for a time zone that does not exist, or no time.
 */
export function computeLotDates(
  earnedAt: Date,
  { pendingDays, expiry }: Pick<RuleConfig, 'pendingDays' | 'expiry'>,
  timeZone: string,
): LotDates {
  const earnedOn = Temporal.Instant.fromEpochMilliseconds(earnedAt.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  const activeOn = earnedOn.add({ days: pendingDays });
  return {
    availableAt: pendingDays === 0 ? null : startOf(activeOn, timeZone),
    expiresAt: expiry && startOf(dayAfter[expiry.roundUp](activeOn.add({ months: expiry.months })), timeZone),
  };
}

/** The first day on which points are gone that were good until the end of a day, or of its month. */
const dayAfter = {
  day: (last: Temporal.PlainDate) => last.add({ days: 1 }),
  month: (last: Temporal.PlainDate) => last.with({ day: 1 }).add({ months: 1 }),
};

function startOf(day: Temporal.PlainDate, timeZone: string): Date {
  return new Date(day.toZonedDateTime(timeZone).epochMilliseconds);
}
