import type { DailyMetric, DailyPage, DailyStats, DayWindow, NetworkAccount } from '@tributary/core/daily-stats';
import { createVirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createCall } from '../walk/walk.fixture.ts';
import { networkAddress, readCredentials, toAccessToken } from './credentials.ts';
import type { Network } from './network.ts';

/** A clock that stands still. */
export const clock = () => createVirtualClock(new Date('2026-07-15T12:00:00Z'));

/** Asks a network as the composition does, with credentials as somebody typed them in. */
export function connect(network: Network, given: Readonly<Record<string, string>>, fetch: typeof globalThis.fetch) {
  const credentials = readCredentials(network.credentials, given);
  const call = createCall(networkAddress(network)({ accessToken: toAccessToken(credentials) }), fetch);
  return { call, verify: () => network.verifyAuth(call, credentials) };
}

type Call = ReturnType<typeof createCall>;

/** Every page of a window. */
export async function readWindow(network: Network, call: Call, account: NetworkAccount, window: DayWindow) {
  const pages: DailyPage[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: DailyPage = await network.source.fetchDaily(call, account, window, cursor);
    pages.push(page);
    if (page.cursor === null) return pages;
    if (pages.length > 100) throw new Error('The window does not end.');
    cursor = page.cursor;
  }
}

/** The rows of pages, added up by grain and in order. */
export function addUp(pages: readonly Pick<DailyPage, 'rows'>[]): DailyStats[] {
  const rows = new Map<string, DailyStats>();
  for (const row of pages.flatMap((page) => page.rows)) {
    const key = [row.day, row.campaign, row.source, row.subId].join('|');
    const sum = rows.get(key);
    rows.set(key, sum === undefined ? row : plus(sum, row));
  }
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

function plus(one: DailyStats, other: DailyStats): DailyStats {
  const { clicks, signups, ftdCount, depositsMinor, ggrMinor, ngrMinor, commissionMinor } = one;
  return {
    ...other,
    clicks: clicks + other.clicks,
    signups: signups + other.signups,
    ftdCount: ftdCount + other.ftdCount,
    depositsMinor: depositsMinor + other.depositsMinor,
    ggrMinor: ggrMinor + other.ggrMinor,
    ngrMinor: ngrMinor + other.ngrMinor,
    commissionMinor: commissionMinor + other.commissionMinor,
  };
}

/** A row that says nothing but what is told. */
export function row(told: Pick<DailyStats, 'day' | 'currency'> & Partial<DailyStats>): DailyStats {
  const nothing: Record<DailyMetric, number> = {
    clicks: 0,
    signups: 0,
    ftdCount: 0,
    depositsMinor: 0,
    ggrMinor: 0,
    ngrMinor: 0,
    commissionMinor: 0,
  };
  return { campaign: '', source: '', subId: '', ...nothing, ...told };
}

/** What a JSON value is made of: names and kinds, of a list its first. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return value === null ? 'nothing' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
}
