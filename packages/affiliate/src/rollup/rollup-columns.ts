import type { DailyMetric } from '@tributary/core/daily-stats';

/** What facts are added up by, and the column of the facts that tells it apart; null: all of them together. */
export const dimensions = [
  { name: 'total', column: null },
  { name: 'brand', column: 'brand' },
  { name: 'connection', column: 'connection_id' },
  { name: 'campaign', column: 'campaign' },
  { name: 'source', column: 'source' },
  { name: 'sub_id', column: 'sub_id' },
] as const;

export type Dimension = (typeof dimensions)[number]['name'];

/** What is added up, by column. Of amounts the facts hold the original and, as `base_…`, the one in base currency: that is added. */
export const metrics = [
  { metric: 'clicks', column: 'clicks', isAmount: false },
  { metric: 'signups', column: 'signups', isAmount: false },
  { metric: 'ftdCount', column: 'ftd_count', isAmount: false },
  { metric: 'depositsMinor', column: 'deposits_minor', isAmount: true },
  { metric: 'ggrMinor', column: 'ggr_minor', isAmount: true },
  { metric: 'ngrMinor', column: 'ngr_minor', isAmount: true },
  { metric: 'commissionMinor', column: 'commission_minor', isAmount: true },
] as const satisfies readonly { metric: DailyMetric; column: string; isAmount: boolean }[];

export const counts = ['row_count', 'rows_unconverted'] as const;
