import { randomUUID } from 'node:crypto';
import { type Database, openDatabase } from '@tributary/db/connection';
import { createApp } from '@tributary/http/app';
import type { LogLine } from '@tributary/http/log';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FrailSocket, wire } from './test/frail-socket.ts';
import { accessTo, laterRoutes, routes, tallyTable } from './test/tallies.ts';

describe('once', () => {
  let suite: TestDatabase;
  let frail: Database;
  let orgId: string;
  const lines: LogLine[] = [];
  beforeAll(async () => {
    vi.stubGlobal('WebSocket', FrailSocket);
    suite = await testDatabase();
    await suite.superuser.query(tallyTable);
    frail = openDatabase({ url: suite.url('api'), proxy: suite.proxy });
    afterAll(() => frail.close());
  });
  beforeEach(async () => {
    wire.breaks = 0;
    lines.length = 0;
    orgId = await createOrganization(suite);
  });

  const appOf = (served: typeof routes, subject: string, org: string) =>
    createApp({
      title: 'tallies',
      routes: served,
      access: accessTo(served),
      authenticate: async () => ({ orgId: org, subject, role: 'operator' }),
      deps: { database: frail, cursorKey: Buffer.alloc(32) },
      log: (line) => lines.push(line),
    });
  interface Asked {
    operation?: string;
    tally?: string;
    key?: string;
    body?: object;
    subject?: string;
    served?: typeof routes;
  }
  const ask = async ({
    operation = 'add',
    tally = 'a',
    key = 'key-1',
    body = { count: 5 },
    subject = 'ann',
    served = routes,
  }: Asked = {}) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await appOf(served, subject, orgId).request(`/v1/tallies/${tally}/${operation}`, request);
    const text = await response.text();
    return { status: response.status, text, json: JSON.parse(text), requestId: response.headers.get('x-request-id') };
  };
  const counted = async (tally = 'a') => {
    const sql = 'select count from public.tallies where org_id = $1 and id = $2';
    return (await suite.superuser.query(sql, [orgId, tally])).rows[0]?.count ?? 0;
  };
  const stored = async () => {
    const sql = 'select key, operation, response from identity.idempotency_keys where org_id = $1';
    return (await suite.superuser.query(sql, [orgId])).rows;
  };

  it('answers a request sent again byte for byte as the first time, and has one effect', async () => {
    const first = await ask();
    const again = [await ask(), await ask()];
    expect([first.status, ...again.map(({ status }) => status)]).toEqual([201, 201, 201]);
    expect(again.map(({ text }) => text)).toEqual([first.text, first.text]);
    expect(new Set([first, ...again].map(({ requestId }) => requestId)).size).toBe(3);
    expect(first.text).toMatch(/^{"at":"[-0-9]{10}T[:.0-9]{12}Z","count":5,"key":"add:key-1"}$/);
    expect(await counted()).toBe(5);
  });

  it('stores the answer as it left, without what the response does not name', async () => {
    const { text } = await ask();
    expect(await stored()).toEqual([{ key: 'key-1', operation: 'add', response: text }]);
    expect(text).not.toContain('canary');
  });

  it('answers what was answered under a former release as it was', async () => {
    for (const operation of ['add', 'count']) {
      const first = await ask({ operation, key: operation });
      const later = await ask({ operation, key: operation, served: laterRoutes });
      expect([later.status, later.text]).toEqual([201, first.text]);
    }
  });

  it('knows a key by the organization: another member who sends the same request has the same answer', async () => {
    const first = await ask({ subject: 'ann' });
    expect(await ask({ subject: 'bob' })).toMatchObject({ status: 201, text: first.text });
    expect(await counted()).toBe(5);
    orgId = await createOrganization(suite);
    await ask({ body: { count: 7 } });
    expect(await counted()).toBe(7);
  });

  it.each<[string, Asked]>([
    ['another body', { body: { count: 6 } }],
    ['a field more', { body: { count: 5, note: '' } }],
    ['another path', { tally: 'b' }],
    ['another operation', { operation: 'count' }],
  ])('refuses a key that named another request: %s', async (_what, other) => {
    const first = await ask();
    const { status, json } = await ask(other);
    expect([status, json.code]).toEqual([422, 'idempotency_key_reused']);
    expect(JSON.stringify(json)).not.toContain('key-1');
    expect([await counted('a'), await counted('b')]).toEqual([5, 0]);
    expect((await ask()).text).toBe(first.text);
  });

  it('lets what was refused be asked again: nothing of it happened or was stored', async () => {
    await ask({ key: 'fill', body: { count: 96 } });
    const refused = await ask();
    expect([refused.status, refused.json.code]).toEqual([422, 'ceiling_violated']);
    expect([await counted(), (await stored()).length]).toEqual([96, 1]);
    await ask({ key: 'make-room', body: { count: -50 } });
    expect((await ask()).json).toMatchObject({ count: 51 });
  });

  it('does nothing that it cannot answer: a result that breaks the route’s promise has no effect', async () => {
    const { status } = await ask({ operation: 'narrow', body: { count: 11 } });
    expect([status, await counted(), await stored()]).toEqual([500, 0, []]);
    expect(lines.at(-1)).toMatchObject({ error: 'ResponseMismatch', fields: ['count'] });
    expect((await ask({ operation: 'narrow', body: { count: 10 } })).status).toBe(201);
  });

  it('sent by several at once has one effect: the others get its answer or 409', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask()));
    const given = answers.filter(({ status }) => status === 201);
    const others = answers.filter(({ status }) => status !== 201).map(({ status, json }) => [status, json.code]);
    expect(new Set(given.map(({ text }) => text)).size).toBe(1);
    expect(others).toEqual(others.map(() => [409, 'request_in_flight']));
    expect([await counted(), (await ask()).text]).toEqual([5, given[0]?.text]);
  });

  it('when COMMIT was done and its answer lost: 503, then the stored answer, one effect', async () => {
    Object.assign(wire, { breaks: 1, lost: 'answer' });
    const lost = await ask();
    expect([lost.status, lost.json.code]).toEqual([503, 'unavailable']);
    const [{ response }] = await vi.waitFor(async () => {
      const rows = await stored();
      expect(rows).toHaveLength(1);
      return rows;
    });
    expect(await ask()).toMatchObject({ status: 201, text: response });
    expect(await counted()).toBe(5);
  });

  it('when COMMIT never arrived: 503, then the work is done, one effect', async () => {
    Object.assign(wire, { breaks: 1, lost: 'message' });
    expect((await ask()).status).toBe(503);
    expect([await counted(), await stored()]).toEqual([0, []]);
    // Until the server has noticed that the first connection is gone, it may hold the key.
    const { json } = await vi.waitFor(async () => {
      const answer = await ask();
      expect(answer.status).toBe(201);
      return answer;
    });
    expect([json.count, await counted()]).toEqual([5, 5]);
  });

  it('gives the work a key that no other operation has, under any key of the caller', async () => {
    const longest = randomUUID().padEnd(255, '~');
    const { json } = await ask({ key: longest });
    expect(json.key).toBe(`add:${longest}`);
  });

  it('is a fault of ours in a route that does not ask for the key', async () => {
    expect((await ask({ operation: 'unkeyed' })).status).toBe(500);
    expect([lines.at(-1)?.error, await counted()]).toEqual(['TypeError', 0]);
  });
});
