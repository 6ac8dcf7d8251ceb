import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../test/api.ts';
import { createMerchant, type Merchant } from '../test/merchant.ts';

/** What makes a spreadsheet run a cell, in front of what it would run. */
const triggers = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', "'", '"=', ',=', '";='];
const payload = `cmd|' /C calc'!A0`;

let api: Api;
let merchant: Merchant;
let cells = 0;
beforeAll(async () => {
  api = await startApi();
  merchant = await createMerchant(api.database);
});
afterAll(() =>
  console.info(`CSV: ${triggers.length} triggers in each text of a record; ${cells} cells read, 0 would run`),
);

/** Past the API, which trims what people write: records may come from elsewhere. */
async function record(text: string) {
  await api.database.superuser.query(
    `insert into audit.records (org_id, actor, action, target_type, target_id, reason, before, user_agent)
     values ($1, $2, 'wallet.freeze', 'wallet', gen_random_uuid(), $2, jsonb_build_object('name', $2::text), $2)`,
    [merchant.orgId, text],
  );
}

/** RFC 4180, as a spreadsheet reads it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.filter((row) => row.length > 1);
}

it('a cell of an export that a spreadsheet would run is text, and can be read back as it was', async () => {
  const texts = triggers.map((trigger) => trigger + payload);
  for (const text of texts) await record(text);
  const { status, json } = await api.get(merchant, '/v1/audit-records/export?format=csv');
  expect(status).toBe(200);
  const [names = [], ...rows] = readCsv(json.text);
  expect(rows.length).toBeGreaterThanOrEqual(texts.length);
  for (const row of rows) {
    expect(row).toHaveLength(names.length);
    for (const cell of row) {
      cells += 1;
      expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
    }
  }
  const column = (name: string) => rows.map((row) => (row[names.indexOf(name)] ?? '').replace(/^'/, ''));
  for (const name of ['actor', 'reason', 'userAgent']) expect(column(name)).toEqual(expect.arrayContaining(texts));
});
