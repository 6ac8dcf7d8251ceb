import { listAccounts } from '@tributary/affiliate/account/list-accounts';
import { exportDays } from '@tributary/affiliate/dashboard/export-days';
import { getSeries } from '@tributary/affiliate/dashboard/get-series';
import { getTotals } from '@tributary/affiliate/dashboard/get-totals';
import { listBreakdown } from '@tributary/affiliate/dashboard/list-breakdown';
import type { TenantContext } from '@tributary/db/transaction';

/** What a question is about: days, and an account of the organization. */
export interface Asked {
  from: string;
  to: string;
  connectionId: string;
  compare?: 'previous';
}

export type Ask = (context: TenantContext, asked: Asked) => Promise<unknown>;

const by =
  (dimension: 'brand' | 'campaign' | 'source' | 'sub_id'): Ask =>
  (context, { connectionId: _, ...asked }) =>
    listBreakdown(context, { ...asked, dimension, limit: 26 });

/** The endpoints, as their handlers ask; those of an account are read from the facts. */
export const questions = {
  totals: (context, { connectionId: _, ...asked }) => getTotals(context, asked),
  series: (context, { connectionId: _, ...asked }) => getSeries(context, asked),
  'top-brands': by('brand'),
  'by-campaign': by('campaign'),
  'by-source': by('source'),
  'by-sub-id': by('sub_id'),
  'by-campaign of an account': (context, asked) =>
    listBreakdown(context, { ...asked, dimension: 'campaign', limit: 26 }),
  export: (context, { connectionId: _, compare: __, ...asked }) =>
    exportDays(context, { ...asked, by: 'campaign', limit: 1001 }),
} satisfies Record<string, Ask>;

/** What hardly asks for anything: what the way there takes. */
export const lookUp: Ask = (context) => listAccounts(context, { limit: 1 });

export interface Statement {
  query: string;
  params: unknown[];
}

/** What a question asks the database for, as it goes over the wire behind the setting that binds it to the organization. */
export async function statementOf(ask: () => Promise<unknown>): Promise<Statement> {
  const { fetch } = globalThis;
  const bodies: string[] = [];
  globalThis.fetch = (url, init) => {
    bodies.push(String(init?.body));
    return fetch(url, init);
  };
  try {
    await ask();
  } finally {
    globalThis.fetch = fetch;
  }
  const [body] = bodies;
  if (body === undefined || bodies.length > 1) throw new Error(`${bodies.length} round trips`);
  return JSON.parse(body).queries[1];
}
