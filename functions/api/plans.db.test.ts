import { isPage } from '@tributary/http/page';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { routes } from './loyalty.ts';
import { type Api, startApi } from './test/api.ts';
import { caseOf, type Ids, idsOf } from './test/cases.ts';
import { createCrowd, crowd } from './test/crowd.ts';

interface Plan {
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

const reads = routes.filter(({ method }) => method === 'GET');
const lists = reads.filter(({ response }) => isPage(response)).map(({ operationId }) => operationId);
const objects = reads.filter(({ response }) => !isPage(response)).map(({ operationId }) => operationId);
const limit = 25;
/** Rows a node may read for a page: three events make a delivery, and one object more than shown is asked for. */
const mostRows = 3 * (limit + 2);

describe(`with ${crowd} of everything in each of two organizations`, () => {
  let api: Api;
  let caller: { orgId: string };
  let ids: Ids;
  beforeAll(async () => {
    api = await startApi();
    caller = { orgId: await createCrowd(api.database) };
    await createCrowd(api.database);
    await api.database.superuser.query('vacuum analyze');
    ids = await idsOf(api, caller);
  });
  afterEach(() => vi.restoreAllMocks());

  /** What a request asks the database for, as it went over the wire. */
  async function statementOf(path: string): Promise<Statement> {
    const fetches = vi.spyOn(globalThis, 'fetch');
    const { status } = await api.get(caller, path);
    const bodies = fetches.mock.calls.map(([, init]) => JSON.parse(String(init?.body)));
    fetches.mockRestore();
    expect([path, status, bodies.length]).toEqual([path, 200, 1]);
    return bodies[0].queries[1];
  }

  async function explain({ query, params }: Statement): Promise<Plan[]> {
    const { superuser } = api.database;
    await superuser.query('begin');
    await superuser.query(`select set_config('app.org_id', $1, true), set_config('role', 'tributary_api', true)`, [
      caller.orgId,
    ]);
    const { rows } = await superuser.query(`explain (analyze, format json) ${query}`, params);
    await superuser.query('rollback');
    const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
    return nodes(rows[0]['QUERY PLAN'][0].Plan);
  }

  async function expectRange(path: string) {
    const scans = (await explain(await statementOf(path))).filter((node) => node['Relation Name']);
    expect(scans.length).toBeGreaterThan(0);
    for (const node of scans) {
      const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
      const read = (node['Actual Rows'] + removed) * node['Actual Loops'];
      const what = `${node['Node Type']} on ${node['Relation Name']} read ${Math.round(read)} rows`;
      expect([path, what, node['Node Type'] !== 'Seq Scan' && read <= mostRows]).toEqual([path, what, true]);
    }
  }

  async function cursorBehind(path: string, pages: number): Promise<string> {
    let cursor = '';
    for (let page = 0; page < pages; page += 1) {
      cursor = (await api.get(caller, `${path}?limit=100${cursor && `&cursor=${cursor}`}`)).json.nextCursor;
    }
    return cursor;
  }

  it.each(lists)('%s: its first page is an index range', async (operationId) => {
    await expectRange(`${caseOf(operationId).path(ids)}?limit=${limit}`);
  });

  it.each(lists)('%s: so is a page far behind', async (operationId) => {
    const path = caseOf(operationId).path(ids);
    await expectRange(`${path}?limit=${limit}&cursor=${await cursorBehind(path, 5)}`);
  });

  it('listTransactions: so is one customer, a span of time, and both', async () => {
    const { json } = await api.get(caller, '/v1/transactions?limit=2');
    const path = `/v1/transactions?limit=${limit}`;
    const span = 'from=2026-01-03T00:00:00Z&to=2026-01-04T00:00:00Z';
    for (const { customer } of json.data) await expectRange(`${path}&customerId=${customer.id}`);
    for (const { customer } of json.data) await expectRange(`${path}&customerId=${customer.id}&${span}`);
    await expectRange(`${path}&${span}`);
  });

  it.each(objects)('%s: is a look-up', async (operationId) => {
    await expectRange(caseOf(operationId).path(ids));
  });
});
