import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayIn, daysOf, daysToReadAgain, mergeWindows, withoutWindow } from './days.ts';

const first = '2026-01-01';
const day = fc.nat(800).map((after) => addDays(first, after));
const window = fc.tuple(fc.nat(400), fc.nat(60)).map(([after, more]) => {
  const from = addDays(first, after);
  return { from, to: addDays(from, more) };
});
const windows = fc.array(window, { maxLength: 6 });

const each = (window: { from: string; to: string }) =>
  Array.from({ length: daysOf(window) }, (_, after) => addDays(window.from, after));

describe('the day it is', () => {
  it.each([
    ['Europe/Berlin', '2026-03-28T22:59:59Z', '2026-03-28'],
    ['Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29'],
    ['Europe/Berlin', '2026-03-29T21:59:59Z', '2026-03-29'],
    ['Europe/Berlin', '2026-03-29T22:00:00Z', '2026-03-30'],
    ['Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25'],
    ['Europe/Berlin', '2026-10-25T22:59:59Z', '2026-10-25'],
    ['Europe/Berlin', '2026-10-25T23:00:00Z', '2026-10-26'],
    ['America/New_York', '2026-03-08T04:59:59Z', '2026-03-07'],
    ['America/New_York', '2026-03-08T05:00:00Z', '2026-03-08'],
    ['America/New_York', '2026-03-09T03:59:59Z', '2026-03-08'],
    ['America/New_York', '2026-11-01T04:00:00Z', '2026-11-01'],
    ['America/New_York', '2026-11-02T04:59:59Z', '2026-11-01'],
    ['America/New_York', '2026-11-02T05:00:00Z', '2026-11-02'],
    ['Pacific/Kiritimati', '2026-02-28T10:00:00Z', '2026-03-01'],
    ['UTC', '2028-02-29T00:00:00Z', '2028-02-29'],
  ])('in %s at %s is %s', (zone, at, expected) => {
    expect(dayIn(zone, new Date(at))).toBe(expected);
  });
});

describe('the days that are read again', () => {
  it.each([
    ['2026-11-21', '2026-10-18', 'thirty-five'],
    ['2026-11-11', '2026-10-08', 'thirty-five, from the eleventh of a month on'],
    ['2026-11-10', '2026-10-01', 'the whole month before, until the tenth'],
    ['2026-11-01', '2026-09-28', 'thirty-five, where the month before is shorter'],
    ['2026-03-10', '2026-02-01', 'the whole of February'],
    ['2028-03-05', '2028-01-31', 'thirty-five over a leap day'],
  ])('on %s begin on %s: %s', (today, from) => {
    expect(daysToReadAgain(today)).toEqual({ from, to: today });
  });

  it('begin no earlier the later it is', () => {
    fc.assert(fc.property(day, (today) => daysToReadAgain(today).from <= daysToReadAgain(addDays(today, 1)).from));
  });
});

describe('windows', () => {
  it('merge to the same days, the newest first, and none meets another', () => {
    fc.assert(
      fc.property(windows, (given) => {
        const merged = mergeWindows(given);
        expect(merged.flatMap(each).sort()).toEqual([...new Set(given.flatMap(each))].sort());
        merged.slice(1).forEach((earlier, index) => {
          expect(addDays(earlier.to, 1) < (merged[index]?.from ?? '')).toBe(true);
        });
      }),
    );
  });

  it('without one have every other day, once', () => {
    fc.assert(
      fc.property(windows, window, (given, without) => {
        const merged = mergeWindows(given);
        const gone = new Set(each(without));
        const left = merged.flatMap(each).filter((each) => !gone.has(each));
        expect(withoutWindow(merged, without).flatMap(each).sort()).toEqual(left.sort());
      }),
    );
  });
});
