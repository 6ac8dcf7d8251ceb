import type { Database } from '@tributary/db/connection';
import { Temporal } from 'temporal-polyfill';
import { loadRates, newestRateDay } from './load-rates.ts';
import type { PublishedRate } from './read-ecb-file.ts';

/** How much of the past is asked for: the last day, about ninety days, or all there is. */
export type RateHistory = 'day' | 'quarter' | 'all';

/** Facts are no older than that. */
const daysKept = 1100;

/** With holidays around a weekend there are five days between publications, never more. */
const mostDaysOld = 5;

/** Days a file of ninety is sure to go back. */
const quarterDays = 80;

/**
 * Loads the rates of the last day and, where days before it may be missing, those too, in one statement: a rate is never there before
 * an earlier one that is to be had. As the system login. @returns how many were new
 */
export async function refreshRates(
  system: Database,
  publishedRates: (history: RateHistory) => Promise<PublishedRate[]>,
  now: Date,
): Promise<number> {
  const ofDay = await publishedRates('day');
  const published = lastDay(ofDay);
  const history = historyToAsk(await newestRateDay(system), published);
  const rates = history === 'day' ? ofDay : [...(await publishedRates(history)), ...ofDay];
  const oldest = Temporal.PlainDate.from(published).subtract({ days: daysKept }).toString();
  const distinct = new Map(
    rates.filter(({ day }) => day >= oldest).map((rate) => [`${rate.day} ${rate.currency}`, rate]),
  );
  return loadRates(system, [...distinct.values()], now);
}

/**
 * The last day there are rates of (YYYY-MM-DD; null: none), and whether that is longer ago than it can be while rates are published and loaded.
 * As the system login.
 */
export async function ageOfRates(system: Database, now: Date): Promise<{ newest: string | null; isStale: boolean }> {
  const newest = await newestRateDay(system);
  const isStale = newest === null || daysBetween(newest, now.toISOString().slice(0, 10)) > mostDaysOld;
  return { newest, isStale };
}

/** Nothing is missing when what is known reaches the day before; a quarter's file closes a shorter gap, and only the longest one a longer. */
function historyToAsk(known: string | null, published: string): RateHistory {
  if (known === null) return 'all';
  const days = daysBetween(known, published);
  if (days <= 1) return 'day';
  return days < quarterDays ? 'quarter' : 'all';
}

const lastDay = (rates: readonly PublishedRate[]) =>
  rates
    .map(({ day }) => day)
    .toSorted()
    .at(-1) as string;

const daysBetween = (from: string, to: string) => Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to)).days;
