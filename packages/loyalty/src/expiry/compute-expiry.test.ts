import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ruleConfig } from '../rule/rule-config.ts';
import { computeLotDates } from './compute-expiry.ts';

type Terms = Parameters<typeof computeLotDates>[1];

const terms = (pendingDays: number, months: number | null, roundUp: 'day' | 'month' = 'day'): Terms => {
  return { pendingDays, expiry: months === null ? null : { months, roundUp } };
};
const expiresAt = (earnedAt: string, given: Terms, zone = 'UTC') =>
  computeLotDates(new Date(earnedAt), given, zone).expiresAt?.toISOString();
const availableAt = (earnedAt: string, given: Terms, zone = 'UTC') =>
  computeLotDates(new Date(earnedAt), given, zone).availableAt?.toISOString();

describe('points expire', () => {
  it.each<[string, string, Terms, string]>([
    ['L28 P12M from 2020-07-06', '2020-07-06T15:00:00Z', terms(0, 12, 'month'), '2021-08-01T00:00:00.000Z'],
    ['L29 a month from January 25', '2026-01-25T15:00:00Z', terms(0, 1), '2026-02-26T00:00:00.000Z'],
    [
      'L31 a month from January 1, at the end',
      '2026-01-01T00:00:00Z',
      terms(0, 1, 'month'),
      '2026-03-01T00:00:00.000Z',
    ],
    [
      'L31 a month from January 31, at the end',
      '2026-01-31T23:59:59Z',
      terms(0, 1, 'month'),
      '2026-03-01T00:00:00.000Z',
    ],
    ['L32 the same day', '2026-01-25T15:00:00Z', terms(0, 0), '2026-01-26T00:00:00.000Z'],
    ['L32 the same day, earned as it begins', '2026-01-25T00:00:00Z', terms(0, 0), '2026-01-26T00:00:00.000Z'],
    ['L34 from activation: 7 days, then a month', '2026-01-25T15:00:00Z', terms(7, 1), '2026-03-02T00:00:00.000Z'],
    ['a month from January 31', '2026-01-31T15:00:00Z', terms(0, 1), '2026-03-01T00:00:00.000Z'],
    ['a month from January 31 of a leap year', '2028-01-31T15:00:00Z', terms(0, 1), '2028-03-01T00:00:00.000Z'],
    ['a year from February 29', '2028-02-29T15:00:00Z', terms(0, 12), '2029-03-01T00:00:00.000Z'],
    ['the month they are earned in', '2026-12-06T15:00:00Z', terms(0, 0, 'month'), '2027-01-01T00:00:00.000Z'],
    ['the last year there is', '9999-12-31T23:59:59Z', terms(90, 120), '+010010-03-31T00:00:00.000Z'],
  ])('%s', (_case, earnedAt, given, expected) => {
    expect(expiresAt(earnedAt, given)).toBe(expected);
  });

  it.each([
    ['New York, where it is the day before', '2026-03-01T04:59:59Z', 'America/New_York', '2026-03-01T05:00:00.000Z'],
    ['New York on the day of 23 hours', '2026-03-08T12:00:00Z', 'America/New_York', '2026-03-09T04:00:00.000Z'],
    ['Auckland, where it is the day after', '2026-06-30T12:00:00Z', 'Pacific/Auckland', '2026-07-01T12:00:00.000Z'],
    [
      'São Paulo, where 2018-11-04 began at 01:00',
      '2018-11-03T12:00:00Z',
      'America/Sao_Paulo',
      '2018-11-04T03:00:00.000Z',
    ],
    ['Cairo, where 2024-04-26 began at 01:00', '2024-04-25T12:00:00Z', 'Africa/Cairo', '2024-04-25T22:00:00.000Z'],
    ['Beirut, where 2024-03-31 began at 01:00', '2024-03-30T12:00:00Z', 'Asia/Beirut', '2024-03-30T22:00:00.000Z'],
    ['Beirut, where 2024-10-26 had 25 hours', '2024-10-26T20:59:59Z', 'Asia/Beirut', '2024-10-26T22:00:00.000Z'],
    ['Kathmandu, at 5 h 45 min', '2026-01-25T18:14:59Z', 'Asia/Kathmandu', '2026-01-25T18:15:00.000Z'],
    ['Apia, which had no 2011-12-30', '2011-12-30T09:00:00Z', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ])('at the end of the day in %s', (_where, earnedAt, zone, expected) => {
    expect(expiresAt(earnedAt, terms(0, 0), zone)).toBe(expected);
  });

  it('never, when the rule does not say so', () => {
    const never = ruleConfig.parse({ conversionRate: 1 });
    expect(computeLotDates(new Date(), never, 'UTC')).toEqual({ availableAt: null, expiresAt: null });
  });

  it('by no calendar of a zone that does not exist', () => {
    expect(() => expiresAt('2026-01-25T15:00:00Z', terms(0, 1), 'Mars/Olympus')).toThrow(RangeError);
  });
});

describe('points can be spent', () => {
  it.each([
    ['from the next midnight after a day of pending', '2026-01-25T15:00:00Z', 1, 'UTC', '2026-01-26T00:00:00.000Z'],
    ['L34 after 7 days', '2026-01-25T15:00:00Z', 7, 'UTC', '2026-02-01T00:00:00.000Z'],
    ['after 90 days', '2026-01-25T15:00:00Z', 90, 'UTC', '2026-04-25T00:00:00.000Z'],
    ['at midnight of New York', '2026-03-01T04:59:59Z', 9, 'America/New_York', '2026-03-09T04:00:00.000Z'],
    [
      'as the day begins where it begins at 01:00',
      '2024-04-24T12:00:00Z',
      2,
      'Africa/Cairo',
      '2024-04-25T22:00:00.000Z',
    ],
  ])('%s', (_case, earnedAt, pendingDays, zone, expected) => {
    expect(availableAt(earnedAt, terms(pendingDays, null), zone)).toBe(expected);
  });
});

/** Zones whose clocks change at midnight, by half an hour, or not by the hour, with all others that are known. */
const zone = fc.oneof(
  fc.constantFrom(
    'America/New_York',
    'America/Sao_Paulo',
    'America/Havana',
    'America/Nuuk',
    'Africa/Cairo',
    'Asia/Beirut',
    'Asia/Gaza',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Pacific/Chatham',
  ),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
);
// Before 2012 the clocks of Newfoundland fell back from 00:01 into the day before, so that a day came twice.
const instant = fc.date({
  min: new Date('2012-01-01T00:00:00Z'),
  max: new Date('2099-12-31T23:59:59Z'),
  noInvalidDate: true,
});
const expiry = fc.record({ months: fc.nat(120), roundUp: fc.constantFrom('day' as const, 'month' as const) });
const pendingDays = fc.nat(90);

/** What the clocks on the wall show: an oracle of its own, which knows nothing but how to write a time. */
function wallClock(at: Date, timeZone: string) {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
    hourCycle: 'h23',
  });
  const [day = '', time = ''] = format.format(at).split(', ');
  return { day, time };
}
const dayOf = (day: string) => new Date(`${day}T00:00:00Z`);

describe('whatever the zone and the day', () => {
  it('points expire after they were earned and after they can be spent', () => {
    fc.assert(
      fc.property(instant, zone, pendingDays, expiry, (earnedAt, timeZone, days, given) => {
        const dates = computeLotDates(earnedAt, { pendingDays: days, expiry: given }, timeZone);
        expect(dates.expiresAt?.getTime()).toBeGreaterThan(earnedAt.getTime());
        if (days === 0) expect(dates.availableAt).toBeNull();
        else {
          expect(dates.availableAt?.getTime()).toBeGreaterThan(earnedAt.getTime());
          expect(dates.expiresAt?.getTime()).toBeGreaterThan(dates.availableAt?.getTime() as number);
        }
      }),
    );
  });

  it('points earned later, pending longer or kept longer never go earlier', () => {
    fc.assert(
      fc.property(
        instant,
        instant,
        zone,
        pendingDays,
        expiry,
        fc.nat(3),
        fc.nat(3),
        (a, b, timeZone, days, given, moreDays, moreMonths) => {
          const [earlier, later] = a < b ? [a, b] : [b, a];
          const first = computeLotDates(earlier, { pendingDays: days, expiry: given }, timeZone);
          const longer = { pendingDays: days + moreDays, expiry: { ...given, months: given.months + moreMonths } };
          const last = computeLotDates(later, longer, timeZone);
          expect(last.expiresAt?.getTime()).toBeGreaterThanOrEqual(first.expiresAt?.getTime() as number);
          if (first.availableAt)
            expect(last.availableAt?.getTime()).toBeGreaterThanOrEqual(first.availableAt.getTime());
        },
      ),
    );
  });

  it('both are the first instant of a day: a millisecond before it is another one', () => {
    fc.assert(
      fc.property(instant, zone, pendingDays, expiry, (earnedAt, timeZone, days, given) => {
        for (const at of Object.values(computeLotDates(earnedAt, { pendingDays: days, expiry: given }, timeZone))) {
          if (at === null) continue;
          expect(wallClock(new Date(at.getTime() - 1), timeZone).day < wallClock(at, timeZone).day).toBe(true);
        }
      }),
    );
  });

  it('the last day they are good is that day of the month, or the last of a month that has none', () => {
    fc.assert(
      fc.property(instant, zone, fc.nat(120), (earnedAt, timeZone, months) => {
        const { expiresAt: at } = computeLotDates(
          earnedAt,
          { pendingDays: 0, expiry: { months, roundUp: 'day' } },
          timeZone,
        );
        const earnedOn = dayOf(wallClock(earnedAt, timeZone).day);
        const lastOn = dayOf(wallClock(new Date((at as Date).getTime() - 1), timeZone).day);
        const daysInMonth = new Date(Date.UTC(lastOn.getUTCFullYear(), lastOn.getUTCMonth() + 1, 0)).getUTCDate();
        expect(lastOn.getUTCDate()).toBe(Math.min(earnedOn.getUTCDate(), daysInMonth));
        const monthOf = (day: Date) => day.getUTCFullYear() * 12 + day.getUTCMonth();
        expect(monthOf(lastOn)).toBe(monthOf(earnedOn) + months);
      }),
    );
  });

  it('to the end of the month is the first of the month after', () => {
    fc.assert(
      fc.property(instant, zone, pendingDays, fc.nat(120), (earnedAt, timeZone, days, months) => {
        const whole = computeLotDates(earnedAt, { pendingDays: days, expiry: { months, roundUp: 'month' } }, timeZone);
        const { day } = wallClock(whole.expiresAt as Date, timeZone);
        expect(day).toMatch(/-01$/);
        const exact = computeLotDates(earnedAt, { pendingDays: days, expiry: { months, roundUp: 'day' } }, timeZone);
        const waitMs = (whole.expiresAt as Date).getTime() - (exact.expiresAt as Date).getTime();
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThan(31 * 86_400_000);
      }),
    );
  });
});
