import type { TestDatabase } from '@tributary/testing/database';
import { expect, vi } from 'vitest';
import type { Answer } from './api.ts';

/** A node of a plan as `explain (analyze, format json)` tells it. */
export interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

interface Statement {
  query: string;
  params: unknown[];
}

/** What a request asks the database for, as it went over the wire: one round trip, the statement behind the settings it is bound by. */
export async function statementOf(ask: () => Promise<Answer>): Promise<Statement> {
  const fetches = vi.spyOn(globalThis, 'fetch');
  const { status } = await ask();
  const bodies = fetches.mock.calls.map(([, init]) => JSON.parse(String(init?.body)));
  fetches.mockRestore();
  expect([status, bodies.length]).toEqual([200, 1]);
  return bodies[0].queries[1];
}

/** Every node of the plan a statement is run by under these settings; `role` is one of them. */
export async function explain(
  { superuser }: TestDatabase,
  settings: Readonly<Record<string, string>>,
  { query, params }: Statement,
): Promise<Plan[]> {
  await superuser.query('begin');
  for (const [name, value] of Object.entries(settings)) {
    await superuser.query('select set_config($1, $2, true)', [name, value]);
  }
  const { rows } = await superuser.query(`explain (analyze, format json) ${query}`, params);
  await superuser.query('rollback');
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
  return nodes(rows[0]['QUERY PLAN'][0].Plan);
}

/** That the plan finds what it needs by indexes, and reads at most that many rows of a table. */
export function expectRanges(what: string, plan: readonly Plan[], mostRows: number): void {
  const scans = plan.filter((node) => node['Relation Name']);
  expect(scans.length).toBeGreaterThan(0);
  for (const node of scans) {
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    const read = (node['Actual Rows'] + removed) * node['Actual Loops'];
    const scan = `${node['Node Type']} on ${node['Relation Name']} read ${Math.round(read)} rows`;
    expect([what, scan, node['Node Type'] !== 'Seq Scan' && read <= mostRows]).toEqual([what, scan, true]);
  }
}
