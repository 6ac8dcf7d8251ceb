import type { DayWindow } from '@tributary/core/daily-stats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayIn, daysOf, daysToReadAgain } from './days.ts';
import { afterFailure, afterRead, afterTooMuch, beginPlan, nextWindow, type Plan, plan } from './plan.ts';

const hour = 60 * 60_000;
const now = new Date('2026-11-21T12:00:00Z');
const terms = { today: '2026-11-21', now, backfillDays: 365, windowDays: 31 };

const each = (window: DayWindow) => Array.from({ length: daysOf(window) }, (_, after) => addDays(window.from, after));

/** Reads a plan to its end. @returns its windows, in turn */
function readAll(begun: Plan): { left: Plan; windows: DayWindow[] } {
  let left = begun;
  const windows: DayWindow[] = [];
  for (let window = nextWindow(left); window !== null; window = nextWindow(left)) {
    windows.push(window);
    left = afterRead(left, window);
  }
  return { left, windows };
}

describe('a plan', () => {
  it('of what was never read has all days back, the newest first, as many at a time as one question covers', () => {
    const { windows, left } = readAll(beginPlan(null, { ...terms, backfillDays: 70 }));
    expect(windows).toEqual([
      { from: '2026-10-22', to: '2026-11-21' },
      { from: '2026-09-21', to: '2026-10-21' },
      { from: '2026-09-13', to: '2026-09-20' },
    ]);
    expect(left).toMatchObject({ open: [], failed: [] });
  });

  it('A40: asks for a hundred days of a network that answers forty-five in three questions', () => {
    const { windows } = readAll(beginPlan(null, { ...terms, backfillDays: 100, windowDays: 45 }));
    expect(windows.map(daysOf)).toEqual([45, 45, 10]);
  });

  const left: Plan = {
    open: [],
    failed: [],
    windowDays: 31,
    through: '2026-11-20',
    madeAt: new Date(now.getTime() - 24 * hour).toISOString(),
  };

  it('after one that came to its end has the days that may still change', () => {
    expect(beginPlan(left, terms).open).toEqual([daysToReadAgain('2026-11-21')]);
    expect(beginPlan({ ...left, through: '2026-11-21' }, terms).open).toEqual([daysToReadAgain('2026-11-21')]);
  });

  it('after a pause has also those that might have changed meanwhile', () => {
    expect(beginPlan({ ...left, through: '2026-08-15' }, terms).open).toEqual([
      { from: daysToReadAgain('2026-08-16').from, to: '2026-11-21' },
    ]);
  });

  it('has what could not be had the last time once more', () => {
    const failed = [{ from: '2026-02-01', to: '2026-02-07' }];
    expect(beginPlan({ ...left, failed }, terms)).toMatchObject({
      open: [daysToReadAgain('2026-11-21'), ...failed],
      failed: [],
    });
  });

  it('that is not at its end goes on as it is for six hours, and then looks at the newest days first', () => {
    const open = [{ from: '2026-03-01', to: '2026-03-31' }];
    const failed = [{ from: '2026-11-01', to: '2026-11-02' }];
    const young = { ...left, open, failed, madeAt: new Date(now.getTime() - 6 * hour + 1).toISOString() };
    expect(beginPlan(young, terms)).toEqual(young);
    const old = { ...young, madeAt: new Date(now.getTime() - 6 * hour).toISOString() };
    expect(beginPlan(old, terms)).toMatchObject({
      open: [{ from: '2026-11-19', to: '2026-11-21' }, ...failed, ...open],
      failed: [],
      // What else may still change is planned once this one has come to its end.
      through: '2026-11-20',
      madeAt: now.toISOString(),
    });
  });

  it('asks for half of what was too much while it lasts, and for twice as much with the next', () => {
    const begun = beginPlan(left, terms);
    const half = afterTooMuch(begun, nextWindow(begun) as DayWindow) as Plan;
    expect(daysOf(nextWindow(half) as DayWindow)).toBe(16);
    const { windows, left: ended } = readAll(half);
    expect(windows.map(daysOf)).toEqual([16, 16, 3]);
    expect(beginPlan(ended, terms).windowDays).toBe(31);
    expect(beginPlan({ ...ended, windowDays: 4 }, terms).windowDays).toBe(8);
    expect(afterTooMuch(begun, { from: '2026-11-21', to: '2026-11-21' })).toBeNull();
  });

  it('asks for no more than the network answers, whatever it answered before', () => {
    const open = [{ from: '2026-03-01', to: '2026-03-31' }];
    expect(beginPlan({ ...left, open, madeAt: now.toISOString() }, { ...terms, windowDays: 7 }).windowDays).toBe(7);
    expect(beginPlan(left, { ...terms, windowDays: 7 }).windowDays).toBe(7);
  });

  it('survives being stored', () => {
    const begun = beginPlan(left, terms);
    expect(plan.parse(JSON.parse(JSON.stringify(begun)))).toEqual(begun);
  });
});

/** What becomes of windows, one after the other. */
const fates = fc.infiniteStream(fc.constantFrom('read', 'read', 'read', 'failed', 'cut', 'stopped'));

describe('plans, whatever becomes of their windows', () => {
  it('lose no day and double none: each is read, or failed, once per plan, and they come to an end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 60 }), fates, (backfill, size, fate) => {
        const begun = beginPlan(null, { ...terms, backfillDays: backfill, windowDays: size });
        let left = begun;
        const attempted: string[] = [];
        let questions = 0;
        let interruptions = 0;
        for (let window = nextWindow(left); window !== null; window = nextWindow(left)) {
          questions += 1;
          const shorter = afterTooMuch(left, window);
          const { value } = fate.next();
          if (value === 'stopped') {
            interruptions += 1;
            left = beginPlan(plan.parse(JSON.parse(JSON.stringify(left))), { ...terms, windowDays: size });
          } else if (value === 'cut' && shorter !== null) {
            interruptions += 1;
            left = shorter;
          } else {
            left = value === 'read' ? afterRead(left, window) : afterFailure(left, window);
            attempted.push(...each(window));
          }
        }
        expect(attempted.toSorted()).toEqual(begun.open.flatMap(each).toSorted());
        expect(new Set(attempted).size).toBe(attempted.length);
        expect(questions).toBeLessThanOrEqual(backfill + interruptions);
      }),
    );
  });

  it('read each day again until it is thirty-five days old, however long nobody looks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 20 }), (pauses) => {
        const lastRead = new Map<string, string>();
        let [today, left]: [string, Plan | null] = ['2026-01-15', null];
        for (const pause of [0, ...pauses]) {
          today = addDays(today, pause);
          const asked = readAll(beginPlan(left, { ...terms, today, backfillDays: 90, windowDays: 400 }));
          left = asked.left;
          for (const day of asked.windows.flatMap(each)) lastRead.set(day, today);
        }
        // No day is missing, and each was read when it could still change for the last time, or will be.
        const days = each({ from: addDays('2026-01-15', -89), to: today });
        expect([...lastRead.keys()].sort()).toEqual(days);
        const settled = days.filter((day) => day < addDays(today, -34) && day > addDays('2026-01-15', -34));
        for (const day of settled) expect((lastRead.get(day) ?? '') >= addDays(day, 34)).toBe(true);
      }),
    );
  });
});

describe('syncs by the hour, by clocks that jump', () => {
  const transitions = [
    ['Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00:00Z'],
    ['America/New_York', '2026-03-08T07:00:00Z'],
    ['America/New_York', '2026-11-01T06:00:00Z'],
  ] as const;
  const jumps = [0, 288, -288] as const;

  it.each(transitions.flatMap(([zone, at]) => jumps.map((seconds) => [zone, at, seconds] as const)))(
    'F19: in %s over %s, %i s off every other time, skip no day and double none in a plan',
    (zone, at, seconds) => {
      const lastReadAt = new Map<string, number>();
      let left: Plan | null = null;
      const begin = Date.parse(at) - 72 * hour;
      for (let step = 0; step <= 144; step += 1) {
        const trueMs = begin + step * hour;
        const shown = new Date(trueMs + (step % 2) * seconds * 1000);
        const today = dayIn(zone, shown);
        const asked = readAll(beginPlan(left, { ...terms, today, now: shown, backfillDays: 40 }));
        left = asked.left;
        const days = asked.windows.flatMap(each);
        expect(new Set(days).size).toBe(days.length);
        expect(days.toSorted()).toEqual(each({ from: days.toSorted()[0] ?? '', to: today }));
        for (const day of days) lastReadAt.set(day, trueMs);
      }
      // Every day was read after it had ended, and all up to today are there.
      const end = begin + 144 * hour;
      const all = each({ from: addDays(dayIn(zone, new Date(begin)), -39), to: dayIn(zone, new Date(end)) });
      expect([...lastReadAt.keys()].filter((day) => day <= (all.at(-1) ?? '')).sort()).toEqual(all);
      for (const [day, readAt] of lastReadAt) {
        if (day < (all.at(-1) ?? '')) expect(dayIn(zone, new Date(readAt)) > day).toBe(true);
      }
    },
  );
});
