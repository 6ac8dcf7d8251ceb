import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayOf, isWithin, lengthOf, startOf } from './network-days.ts';

describe('a day', () => {
  it.each([
    ['A55', '2026-06-30T22:30:00Z', 'Europe/London', '2026-06-30'],
    ['A43', '2026-04-02T03:30:00Z', 'America/New_York', '2026-04-01'],
    ['A43', '2026-04-02T03:30:00Z', 'UTC', '2026-04-02'],
    ['A43', '2026-04-02T12:30:00Z', 'Pacific/Kiritimati', '2026-04-03'],
  ])('%s: %s is in %s on %s', (_case, at, timeZone, day) => {
    expect(dayOf(new Date(at), timeZone)).toBe(day);
  });

  it.each([
    ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000Z'],
    ['2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000Z'],
    ['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
    ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
    ['2026-04-05', 'America/Santiago', '2026-04-05T04:00:00.000Z'],
    ['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00.000Z'],
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'],
  ])('%s begins in %s at %s', (day, timeZone, at) => {
    expect(startOf(day, timeZone).toISOString()).toBe(at);
  });

  it('begins where the one before ends, in every zone', () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
    fc.assert(
      fc.property(zone, fc.integer({ min: 0, max: 900 }), (timeZone, number) => {
        const day = addDays('2025-01-01', number);
        const begins = startOf(day, timeZone);
        expect(dayOf(begins, timeZone)).toBe(day);
        expect(dayOf(new Date(begins.getTime() - 1), timeZone)).toBe(addDays(day, -1));
      }),
      { numRuns: 300 },
    );
  });

  it('is in a window that begins or ends with it', () => {
    const window = { from: '2026-02-27', to: '2026-03-02' };
    expect(lengthOf(window)).toBe(4);
    const days = ['2026-02-26', '2026-02-27', '2026-03-02', '2026-03-03'];
    expect(days.map((day) => isWithin(window, day))).toEqual([false, true, true, false]);
  });
});
