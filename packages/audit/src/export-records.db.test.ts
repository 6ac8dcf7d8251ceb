import { createHash } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Chain, openChain } from './chain/chain.fixture.ts';
import { exportRecords } from './export-records.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** All pages, one behind the other. */
async function exportAll(chain: Chain, format: 'ndjson' | 'csv', limit = 100) {
  const pages: string[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const page: { text: string; nextAfter: number | null } = await exportRecords(
      { database: database.api, orgId: chain.orgId },
      { format, after, limit },
    );
    pages.push(page.text);
    after = page.nextAfter;
  }
  return { pages: pages.length, text: pages.join('') };
}

const linesOf = (text: string) => text.split('\n').slice(0, -1);

/** As packages/docs/audit.md tells an auditor to, who has the file and none of our code. @returns numbers that do not verify */
function verifyOffline(text: string): number[] {
  const wrong: number[] = [];
  let [previous, expected] = ['0'.repeat(64), 1];
  for (const line of linesOf(text)) {
    const { hash, formula, ...record } = JSON.parse(line);
    const elements = [formula, previous, ...Object.values(record)].map((value) =>
      value === null ? null : String(value),
    );
    const canonical = `[${elements.map((element) => JSON.stringify(element)).join(', ')}]`;
    if (record.seq !== expected || createHash('sha256').update(canonical).digest('hex') !== hash)
      wrong.push(record.seq);
    [previous, expected] = [hash, record.seq + 1];
  }
  return wrong;
}

describe('the export', () => {
  it('of nothing is nothing, and for CSV the names of its columns', async () => {
    const chain = await openChain(database);
    expect(await exportAll(chain, 'ndjson')).toEqual({ pages: 1, text: '' });
    expect((await exportAll(chain, 'csv')).text).toBe(
      'formula,seq,orgId,recordId,actor,action,targetType,targetId,reason,before,after,ip,userAgent,createdAt,hash\r\n',
    );
  });

  it.each([1, 2, 3, 7, 100])('is whole in pages of %i, and verifies offline', async (limit) => {
    const chain = await openChain(database);
    await chain.records(6);
    await chain.record(['=1+1 "quoted", 東京\n'], { client: undefined, before: { z: 1.5, a: [null, 'x'] } });
    const { pages, text } = await exportAll(chain, 'ndjson', limit);
    expect(pages).toBe(Math.ceil(7 / limit));
    expect(linesOf(text).map((line) => JSON.parse(line).seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(verifyOffline(text)).toEqual([]);
    expect(JSON.parse(linesOf(text).at(-1) ?? '').hash).toBe((await chain.anchor()).hash);
  });

  it('shows an auditor what was changed, by the file alone', async () => {
    const chain = await openChain(database);
    await chain.records(5);
    const { text } = await exportAll(chain, 'ndjson');
    expect(verifyOffline(text.replace('record 3', 'record x'))).toEqual([3]);
    expect(
      verifyOffline(
        linesOf(text)
          .filter((_, index) => index !== 2)
          .concat('')
          .join('\n'),
      ),
    ).toEqual([4]);
    await chain.tamper('delete from audit.records where org_id = $1 and reason = $2', 'record 4');
    const { text: broken } = await exportAll(chain, 'ndjson');
    expect(verifyOffline(broken)).toEqual([4]);
    expect(JSON.parse(linesOf(broken)[3] ?? '')).toMatchObject({ seq: 4, actor: null, action: null });
  });

  it('as CSV runs nothing in a spreadsheet', async () => {
    const chain = await openChain(database);
    const triggers = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '=HYPERLINK("http://x","y")'];
    for (const text of triggers) {
      await chain.record([text], { actor: text, client: { address: '::1', userAgent: text } });
    }
    const { text } = await exportAll(chain, 'csv', 2);
    expect(text.match(/^formula,seq/gm)).toHaveLength(1);
    expect(text.match(/(^|,)"?[=+\-@\t]/gm)).toBe(null);
    expect(text).toContain(`,'=1+1,wallet.freeze,`);
    expect(text).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
  });

  it('cuts a page of long records, and loses none', async () => {
    const chain = await openChain(database);
    const long = 'x'.repeat(600_000);
    for (const name of ['a', 'b', 'c']) await chain.record([name], { after: { long: name + long } });
    const { pages, text } = await exportAll(chain, 'ndjson');
    expect([pages, linesOf(text).length]).toEqual([2, 3]);
    expect(verifyOffline(text)).toEqual([]);
    await chain.record(['d'], { after: { long: long.repeat(4) } });
    expect(await exportAll(chain, 'ndjson')).toMatchObject({ pages: 3 });
  });

  it('has nothing of others', async () => {
    await (await openChain(database)).records(2);
    expect((await exportAll(await openChain(database), 'ndjson')).text).toBe('');
  });
});
