import type { DailyMetric } from '@tributary/core/daily-stats';

const countColumns = ['clicks', 'signups', 'ftdCount'] as const;
const amountColumns = ['depositsMinor', 'ggrMinor', 'ngrMinor', 'commissionMinor'] as const;
const nameColumns = ['campaign', 'source', 'subId'] as const;

type ReadAs = 'day' | 'name' | 'currency' | 'count' | 'amount';

export type UploadColumn =
  | 'day'
  | 'currency'
  | (typeof nameColumns)[number]
  | (typeof countColumns)[number]
  | (typeof amountColumns)[number];

/** How each column is read. */
export const readAs: Readonly<Record<UploadColumn, ReadAs>> = {
  day: 'day',
  campaign: 'name',
  source: 'name',
  subId: 'name',
  clicks: 'count',
  signups: 'count',
  ftdCount: 'count',
  depositsMinor: 'amount',
  ggrMinor: 'amount',
  ngrMinor: 'amount',
  commissionMinor: 'amount',
  currency: 'currency',
};

/** What a column may be headed by: letters and digits count, in either case. */
const headings: Readonly<Record<UploadColumn, readonly string[]>> = {
  day: ['day', 'date'],
  campaign: ['campaign'],
  source: ['source'],
  subId: ['sub_id', 'sub'],
  clicks: ['clicks'],
  signups: ['signups', 'registrations'],
  ftdCount: ['ftd', 'ftds', 'ftd_count', 'first_deposits'],
  depositsMinor: ['deposits', 'deposits_amount'],
  ggrMinor: ['ggr'],
  ngrMinor: ['ngr'],
  commissionMinor: ['commission', 'commissions'],
  currency: ['currency'],
};

const byHeading = new Map(
  Object.entries(headings).flatMap(([column, names]) => names.map((name) => [plain(name), column as UploadColumn])),
);

/** The column that a heading names; null for one of no use to us. */
export function columnOf(heading: string): UploadColumn | null {
  return byHeading.get(plain(heading)) ?? null;
}

export function isMetric(column: UploadColumn): column is DailyMetric & UploadColumn {
  return readAs[column] === 'count' || readAs[column] === 'amount';
}

function plain(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
