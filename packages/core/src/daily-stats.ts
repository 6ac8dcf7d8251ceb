import type { ProviderCall } from './provider-call.ts';

/** What an affiliate network counts of a day. Counts are whole; amounts are minor units of the account's currency and may be negative. */
export const dailyMetrics = [
  'clicks',
  'signups',
  'ftdCount',
  'depositsMinor',
  'ggrMinor',
  'ngrMinor',
  'commissionMinor',
] as const;

export type DailyMetric = (typeof dailyMetrics)[number];

/** One day of an affiliate programme, on the finest grain its network tells. What a network does not tell is '' or 0. */
export interface DailyStats extends Record<DailyMetric, number> {
  /** The network's own day, YYYY-MM-DD: no time zone moves it. */
  day: string;
  campaign: string;
  source: string;
  subId: string;
  /** ISO 4217. */
  currency: string;
}

/** Days from one to another, both included, YYYY-MM-DD. */
export interface DayWindow {
  from: string;
  to: string;
}

/** What a network needs to know of the account it is asked about. */
export interface NetworkAccount {
  accountRef: string;
  /** IANA name: the zone in which the network counts days. */
  timeZone: string;
  /** ISO 4217. */
  currency: string;
}

export interface DailyPage {
  rows: readonly DailyStats[];
  /** Where the window goes on, null when it ends with this page. */
  cursor: string | null;
  /** False when the network says, or the answer shows, that rows are missing: then nothing is concluded from what is absent. */
  isComplete: boolean;
}

/** What a sync of days must know of a network. The composition root hands one in per network: the spine imports none. */
export interface DailySource {
  /** How many days one question may cover. */
  readonly windowDays: number;
  /** One page of a window. Rows may share a day and grain: they add up. Reads only. @throws ProviderError */
  fetchDaily(call: ProviderCall, account: NetworkAccount, window: DayWindow, cursor: string | null): Promise<DailyPage>;
}
