import { hash } from 'node:crypto';
import type { QueryConfig } from 'pg';

/** One unit moves from an account to another. */
export interface Transfer {
  key: string;
  from: string;
  to: string;
}

export interface Callee {
  /** The statement that posts a set of transfers, prepared once per connection. */
  call(orgId: string, transfers: readonly Transfer[]): QueryConfig;
  /** How many of them the answer says were posted now. */
  posted(rows: readonly Record<string, unknown>[]): number;
}

export type CalleeName = 'ours' | 'baseline';

/** Both ways to post. The baseline knows neither organizations nor keys, and takes one transfer per call. */
export const callees: Readonly<Record<CalleeName, Callee>> = {
  ours: {
    call: (orgId, transfers) => {
      const effectiveAt = new Date();
      return {
        name: 'post',
        text: 'select posting_id, outcome from ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
        values: [
          orgId,
          transfers.map(({ key }) => key),
          transfers.map(({ key }) => hash('sha256', key, 'buffer').subarray(0, 16)),
          transfers.map(() => 'transfer'),
          transfers.map(() => effectiveAt),
          transfers.map(() => null),
          transfers.map(() => false),
          transfers.flatMap((_, index) => [index + 1, index + 1]),
          transfers.flatMap(({ from, to }) => [from, to]),
          transfers.flatMap(() => [-1, 1]),
          null,
        ],
      };
    },
    posted: (rows) => rows.filter(({ outcome }) => outcome === 'posted').length,
  },
  baseline: {
    call: (_, transfers) => {
      const [transfer] = transfers;
      if (transfer === undefined || transfers.length > 1) throw new Error('the baseline takes one transfer per call');
      return {
        name: 'transfer',
        text: 'select id from baseline.transfer($1, $2, $3)',
        values: [transfer.from, transfer.to, 1],
      };
    },
    posted: (rows) => rows.filter(({ id }) => id !== null).length,
  },
};
