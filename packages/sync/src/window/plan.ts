import type { DayWindow } from '@tributary/core/daily-stats';
import * as z from 'zod';
import { addDays, daysOf, daysToReadAgain, earlier, later, mergeWindows, withoutWindow } from './days.ts';

const dayWindow = z.object({ from: z.iso.date(), to: z.iso.date() });

/** Which days of an account are still to be read. Kept between runs, so that a run goes on where the last one stopped. */
export const plan = z.object({
  /** Not attempted since the plan was made, the newest first. */
  open: z.array(dayWindow),
  /** Attempted in vain: they wait for the next plan. */
  failed: z.array(dayWindow),
  /** How many days are asked for at a time: fewer once a window took longer than a run has. */
  windowDays: z.int().positive(),
  /** The last day for which all that may still change was planned, and so was whatever a day before it still had to be read. */
  through: z.iso.date(),
  madeAt: z.iso.datetime(),
});

export type Plan = z.infer<typeof plan>;

export interface PlanTerms {
  /** In the account's zone, YYYY-MM-DD. */
  today: string;
  now: Date;
  /** How far back an account is read at first, in days. */
  backfillDays: number;
  /** How many days one question may cover. */
  windowDays: number;
}

/** A plan that takes longer than this is not left to come to its end before the newest days are looked at again. */
const longestPlanMs = 6 * 60 * 60_000;

/**
 * Goes on with a plan that did not come to its end, or makes the next: the days that may still change, also those that might have while
 * nobody read, and whatever is missing of earlier ones. @param left as the last run left it; null for an account that was never read
 */
export function beginPlan(left: Plan | null, { today, now, backfillDays, windowDays }: PlanTerms): Plan {
  const madeAt = now.toISOString();
  if (left === null) {
    const open = [{ from: addDays(today, 1 - backfillDays), to: today }];
    return { open, failed: [], windowDays, through: today, madeAt };
  }
  // What was too much is tried again with the next plan, and not while this one lasts: each trial costs a run.
  if (left.open.length === 0) {
    const again = { from: daysToReadAgain(earlier(addDays(left.through, 1), today)).from, to: today };
    const open = mergeWindows([again, ...left.failed]);
    return { open, failed: [], windowDays: Math.min(left.windowDays * 2, windowDays), through: today, madeAt };
  }
  const size = Math.min(left.windowDays, windowDays);
  if (now.getTime() - Date.parse(left.madeAt) < longestPlanMs) return { ...left, windowDays: size };
  // Not all that may change: read anew each time, it might never let the rest have its turn.
  const newest = { from: addDays(earlier(left.through, today), -1), to: today };
  return { ...left, open: mergeWindows([newest, ...left.open, ...left.failed]), failed: [], windowDays: size, madeAt };
}

/** What to read next: the newest open days, as many as one question covers. Null when the plan has come to its end. */
export function nextWindow({ open, windowDays }: Plan): DayWindow | null {
  const [newest] = open;
  if (newest === undefined) return null;
  return { from: later(newest.from, addDays(newest.to, 1 - windowDays)), to: newest.to };
}

/** The window was read. */
export function afterRead(left: Plan, window: DayWindow): Plan {
  return { ...left, open: withoutWindow(left.open, window) };
}

/** The window cannot be had now: others go on, and the next plan has it again. */
export function afterFailure(left: Plan, window: DayWindow): Plan {
  return { ...left, open: withoutWindow(left.open, window), failed: mergeWindows([...left.failed, window]) };
}

/** The window was more than a run can read: half of it is asked for next. Null for a single day, which has no half. */
export function afterTooMuch(left: Plan, window: DayWindow): Plan | null {
  const days = daysOf(window);
  return days === 1 ? null : { ...left, windowDays: Math.ceil(days / 2) };
}
