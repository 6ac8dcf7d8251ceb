import type { RoutedRequest } from '../kernel/message.ts';
import { readModifiedSince } from './wire-dates.ts';

export interface ListQuery {
  /** Null when none was asked for: then all rows come at once, without their lines. */
  readonly page: number | null;
  readonly pageSize: number;
  readonly order: 'ids' | 'oldest_update_first' | 'newest_update_first';
  /** The first millisecond to be answered. */
  readonly sinceMs: number | null;
  readonly includesArchived: boolean;
  readonly ids: readonly string[] | null;
}

const defaultPageSize = 100;
const maximumPageSize = 1000;

const orders: Record<string, ListQuery['order']> = {
  '': 'ids',
  updateddateutc: 'oldest_update_first',
  'updateddateutc asc': 'oldest_update_first',
  'updateddateutc desc': 'newest_update_first',
};

/** Reads what a list is asked for, or says what is wrong with it. */
export function readListQuery(
  { query, headers }: RoutedRequest,
  { sinceIncludesItsSecond }: { sinceIncludesItsSecond: boolean },
): ListQuery | { readonly wrong: string } {
  const page = readCount(query.get('page'));
  const pageSize = readCount(query.get('pageSize'));
  const order = orders[(query.get('order') ?? '').trim().toLowerCase()];
  if (page === 'wrong' || pageSize === 'wrong') return { wrong: 'page and pageSize are whole numbers from 1.' };
  if (order === undefined) return { wrong: 'This simulator orders by UpdatedDateUTC ASC or DESC.' };
  if (query.has('where')) return { wrong: 'This simulator has no where.' };
  const since = readModifiedSince(headers['if-modified-since']);
  return {
    page,
    pageSize: Math.min(pageSize ?? defaultPageSize, maximumPageSize),
    order,
    sinceMs: since === null || sinceIncludesItsSecond ? since : since + 1000,
    includesArchived: query.get('includeArchived')?.toLowerCase() === 'true',
    ids: query.get('IDs')?.toLowerCase().split(',') ?? null,
  };
}

function readCount(given: string | null): number | null | 'wrong' {
  if (given === null) return null;
  return /^[1-9]\d{0,8}$/.test(given) ? Number(given) : 'wrong';
}
