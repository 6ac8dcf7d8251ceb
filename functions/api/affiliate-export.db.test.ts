import { openProgramme, type Programme } from '@tributary/affiliate/account/programme.fixture';
import { exportHeader } from '@tributary/affiliate/dashboard/export-days';
import { createApp } from '@tributary/http/app';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { affiliateDashboardRoutes as routes } from './routes/affiliate-dashboard.ts';
import { type Answer, answerOf, cursorKey } from './test/api.ts';

const reading = { roles: ['viewer'], scope: 'affiliate:read', cost: 'read' } as const;
/** Of one network: read from the facts, whether roll-ups are there or not. */
const june = 'from=2026-06-01&to=2026-06-30&brand=everflow';

let database: TestDatabase;
let ours: Programme;
let theirs: Programme;
beforeAll(async () => {
  database = await testDatabase();
  ours = await openProgramme(database);
  theirs = await openProgramme(database);
  for (const programme of [ours, theirs]) await tell(programme);
});

/** Names that a spreadsheet would run, or that are no plain words of CSV, and how they are written. */
const names: Readonly<Record<string, string>> = {
  '=1+1': "'=1+1",
  '+1': "'+1",
  '-1': "'-1",
  '@SUM(1)': "'@SUM(1)",
  '＝1': "'＝1",
  "'x": "''x",
  'a,b': '"a,b"',
  'say "x"': '"say ""x"""',
  Zażółć: 'Zażółć',
  '': '""',
};
const count = Object.keys(names).length;

async function tell(programme: Programme) {
  const days = ['2026-06-10', '2026-06-11'];
  const rows = days.flatMap((day) =>
    Object.keys(names).map((campaign) => programme.row(day, { campaign, clicks: 10 })),
  );
  await programme.apply({ from: '2026-06-10', to: '2026-06-11' }, rows, '2026-07-01T12:00:00Z');
}

/** Somebody who may look; who may do what is tested with all routes. */
async function ask({ orgId }: Programme, path: string): Promise<Answer> {
  const app = createApp({
    title: 'dashboards',
    routes,
    access: Object.fromEntries(routes.map(({ operationId }) => [operationId, reading])),
    authenticate: async () => ({ orgId, subject: 'usr_1', role: 'viewer' as const }),
    deps: { database: database.api, cursorKey },
    log: () => undefined,
  });
  return answerOf(await app.request(path));
}

const exportOf = (query = '') => `/v1/affiliate/export?${june}&by=campaign${query}`;
const next = ({ headers }: Answer) => /^<([^>]+)>; rel="next"$/.exec(headers.link ?? '')?.[1] ?? null;
const lineCount = ({ text }: Answer) => text.split('\r\n').length - 1;

async function pagesFrom(path: string): Promise<Answer[]> {
  const page = await ask(ours, path);
  const following = next(page);
  return following === null ? [page] : [page, ...(await pagesFrom(following))];
}

describe('the export', () => {
  it('is a file of CSV, named by what it is of', async () => {
    const answer = await ask(ours, exportOf());
    expect([answer.status, answer.json, lineCount(answer)]).toEqual([200, null, 1 + 2 * count]);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="affiliate-by-campaign-2026-06-01-2026-06-30.csv"',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers).not.toHaveProperty('link');
  });

  it('is the same in pages, each led to by the one before; only the first names the columns', async () => {
    const whole = await ask(ours, exportOf());
    const pages = await pagesFrom(exportOf('&limit=3'));
    expect(pages.map(lineCount)).toEqual([4, 3, 3, 3, 3, 3, 2]);
    expect(Buffer.concat(pages.map(({ bytes }) => bytes))).toEqual(whole.bytes);
    expect(pages.map(({ text }) => text.includes(exportHeader))).toEqual(pages.map((_, at) => at === 0));
    const called = pages.map(({ headers }) => headers['content-disposition']);
    expect(new Set(called)).toEqual(new Set([whole.headers['content-disposition']]));
  });

  it('has names that a spreadsheet would run as texts, and each as it was', async () => {
    const { text } = await ask(ours, exportOf());
    for (const written of Object.values(names)) expect(text).toContain(`\r\n2026-06-10,campaign,${written},EUR,10,`);
  });

  it('of nothing is the names of the columns', async () => {
    const { text } = await ask(ours, exportOf().replaceAll('2026', '2020'));
    expect(text).toBe(exportHeader);
  });

  it.each([
    ['of another organization', (path: string) => ask(theirs, path)],
    ['by something else', (path: string) => ask(ours, path.replace('by=campaign', 'by=source'))],
    ['of other days', (path: string) => ask(ours, path.replace('to=2026-06-30', 'to=2026-06-29'))],
  ])('%s does not go on behind a page of this one', async (_other, follow) => {
    const following = next(await ask(ours, exportOf('&limit=3'))) ?? '';
    const { status, headers, json } = await follow(following);
    expect([status, json.code]).toEqual([400, 'invalid_cursor']);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });
});
