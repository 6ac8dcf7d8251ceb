import type { DailySource, DailyStats, DayWindow, NetworkAccount } from '@tributary/core/daily-stats';
import type { ProviderCall } from '@tributary/core/provider-call';

/** Why the days of a window could not be had, in a stable word. Others of the account may be. */
export class WindowFailure extends Error {
  override name = 'WindowFailure';
  readonly reason: 'cursor_loop' | 'window_too_large' | 'window_incomplete' | 'window_missing';

  constructor(reason: WindowFailure['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface WindowRead {
  rows: DailyStats[];
  pages: number;
  /** False when rows are missing: then nothing is concluded from what is absent. */
  isComplete: boolean;
}

/** Why a window was not read to its end, though nothing failed. */
export type WindowCut = 'out_of_time' | 'too_many_rows';

export interface WindowToRead {
  call: ProviderCall;
  account: NetworkAccount;
  window: DayWindow;
  mayGoOn(): boolean;
  /** A page was read. */
  onPage(): void;
}

/** A cursor that comes back would be followed for ever. */
const seenAtMost = 2;

/** A window is held in memory until it is committed, with the bytes that told it. */
const rowsAtMost = 100_000;

/**
 * All pages of a window. Rows of one grain may stand on different pages, and what is absent means something only when all were read, so
 * a window is read whole or not at all. @throws WindowFailure `cursor_loop`; ProviderError
 */
export async function readWindow(
  source: DailySource,
  { call, account, window, mayGoOn, onPage }: WindowToRead,
): Promise<WindowRead | WindowCut> {
  const read: WindowRead = { rows: [], pages: 0, isComplete: true };
  const seen = new Map<string, number>();
  let cursor: string | null = null;
  do {
    if (!mayGoOn()) return 'out_of_time';
    const page = await source.fetchDaily(call, account, window, cursor);
    onPage();
    for (const row of page.rows) read.rows.push(row);
    if (read.rows.length > rowsAtMost) return 'too_many_rows';
    read.pages += 1;
    read.isComplete &&= page.isComplete;
    ({ cursor } = page);
    if (cursor !== null) count(seen, cursor);
  } while (cursor !== null);
  return read;
}

function count(seen: Map<string, number>, cursor: string): void {
  const times = (seen.get(cursor) ?? 0) + 1;
  if (times > seenAtMost) throw new WindowFailure('cursor_loop', 'The network’s list leads back to where it was.');
  seen.set(cursor, times);
}
