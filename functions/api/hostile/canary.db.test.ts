import { randomUUID } from 'node:crypto';
import type { AnyRoute } from '@tributary/http/route';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, type Api, startApi } from '../test/api.ts';
import { type Ask, bodyOf, type DoorName, everyRoute, openDoors, pathOf, sending } from './doors.fixture.ts';
import { replacedAt, textPlacesIn } from './json-places.fixture.ts';
import { createParty, type Party, signInAgain } from './party.fixture.ts';

/** Stands in whatever is sent. */
const canary = `canary${randomUUID().replaceAll('-', '')}`;
const spellings = [canary, ...(['base64', 'base64url', 'hex'] as const).map((as) => beginningOf(as))];

let api: Api;
let doors: Record<DoorName, Ask>;
let party: Party;
let printed = '';
let asked = 0;
let statements = 0;
const found = { logs: 0, errors: 0, queues: 0, pg_stat_activity: 0 };
beforeAll(async () => {
  api = await startApi();
  doors = openDoors(api);
  party = await createParty(api, doors);
});
afterAll(() => {
  const where = Object.entries(found).map(([place, count]) => `${count} in ${place}`);
  console.info(
    `canaries: ${asked} requests with a secret in a credential or a text of the body; ${api.lines.length} lines of logs, ${queued().length} messages, ${statements} statements of the database looked at; ${where.join(', ')}`,
  );
});

/** What its encoding begins with, so far as what follows does not change it. */
function beginningOf(encoding: 'base64' | 'base64url' | 'hex'): string {
  return Buffer.from(canary).toString(encoding).replace(/=+$/, '').slice(0, 30);
}

const holdsCanary = (text: string) => spellings.some((spelling) => text.includes(spelling));
const queued = () => [...api.sent, ...api.connecting.queued];

function expectSilence(place: keyof typeof found, what: unknown, text: string) {
  if (holdsCanary(text)) found[place] += 1;
  expect([place, what, holdsCanary(text)]).toEqual([place, what, false]);
}

/** Asks, and looks wherever a secret could be left behind. A refusal tells none; an answer may show what was sent. */
async function ask(door: DoorName, what: unknown, path: string, init: RequestInit): Promise<Answer> {
  asked += 1;
  const seen = { lines: api.lines.length, messages: queued().length };
  const write = (chunk: unknown) => {
    printed += String(chunk);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(write));
  const answer = await doors[door](path, init).finally(() => {
    for (const spy of spies) spy.mockRestore();
  });
  if (answer.status >= 400) expectSilence('errors', what, JSON.stringify(answer));
  expectSilence('logs', what, JSON.stringify(api.lines.slice(seen.lines)) + printed);
  expectSilence('queues', what, JSON.stringify(queued().slice(seen.messages)));
  return answer;
}

async function lookAtDatabase(what: unknown) {
  const { rows } = await api.database.superuser.query(
    'select query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  statements += rows.length;
  expectSilence('pg_stat_activity', what, JSON.stringify(rows));
}

const credentials: readonly (readonly [what: string, Record<string, string>])[] = [
  ['a bearer token', { authorization: `Bearer ${canary}` }],
  ['a JWT', { authorization: `Bearer eyJhbGciOiJFZERTQSJ9.${Buffer.from(canary).toString('base64url')}.AAAA` }],
  ['an API key', { authorization: `Bearer trb_live_01kb7p3w5x6y7z8a9b0c1d2e3f_${canary}` }],
  ['an API key of tests', { authorization: `Bearer trb_test_${canary}` }],
  ['Basic', { authorization: `Basic ${Buffer.from(`${canary}:${canary}`).toString('base64')}` }],
  ['a cookie', { cookie: `__Host-tributary.session_token=${canary}.${canary}` }],
  ['a header of our edge', { 'x-edge-key': canary, 'x-api-key': canary }],
];

/** The case of an operation, or what its example has more. */
function* textsOf(route: AnyRoute, door: DoorName): Generator<[body: unknown, place: readonly (string | number)[]]> {
  const seen = new Set<string>();
  for (const body of [bodyOf(route, party.ids[door]), route.example.body]) {
    for (const place of textPlacesIn(body ?? null)) {
      if (seen.has(place.join('.'))) continue;
      seen.add(place.join('.'));
      yield [body, place];
    }
  }
}

describe('a secret that is sent is not left behind', () => {
  it.each(everyRoute)('%s: in a credential', async (operationId, route, door) => {
    const body = bodyOf(route, party.ids[door]);
    for (const [what, headers] of credentials) {
      const origin = party.headers[door].origin;
      const given = { ...headers, ...(origin !== undefined && { origin }) };
      const init = sending(route.method, given, body === undefined ? undefined : JSON.stringify(body));
      await ask(door, [operationId, what], pathOf(route, party.ids[door]), init);
    }
    await lookAtDatabase(operationId);
  });

  const idempotent = everyRoute.filter(([, route]) => route.idempotent);
  it.each(idempotent)('%s: in an Idempotency-Key', async (operationId, route, door) => {
    const headers = { ...party.headers[door], 'idempotency-key': `${canary}-${operationId}` };
    const text = JSON.stringify(bodyOf(route, party.ids[door]));
    await ask(door, operationId, pathOf(route, party.ids[door]), sending(route.method, headers, text));
    await lookAtDatabase(operationId);
  });

  const withBody = everyRoute.filter(([, { body }]) => body !== null);
  it.each(withBody)('%s: in any text of the body', async (operationId, route, door) => {
    if (door === 'auth') party.headers.auth = await signInAgain(doors.auth, party);
    for (const [body, place] of textsOf(route, door)) {
      for (const text of [
        canary,
        `${canary}@example.com`,
        `https://${canary}.example.com/`,
        [canary],
        { [canary]: canary },
      ]) {
        const hostile = JSON.stringify(replacedAt(body, place, () => text));
        const path = pathOf(route, party.ids[door]);
        await ask(door, [operationId, place], path, sending(route.method, party.headers[door], hostile));
      }
    }
    const broken = [`{"${canary}": `, `"${canary}`, canary, `{"a":"${canary}","a":1}`, `{"${canary}":"\\u0000"}`];
    for (const text of broken) {
      const path = pathOf(route, party.ids[door]);
      await ask(door, [operationId, 'broken'], path, sending(route.method, party.headers[door], text));
    }
    await lookAtDatabase(operationId);
  });

  it('was looked for where something is', () => {
    expect(api.lines.length).toBeGreaterThan(500);
    expect(queued().length).toBeGreaterThan(0);
    expect(statements).toBeGreaterThan(0);
    expect(holdsCanary(JSON.stringify({ x: `"${canary}"` }))).toBe(true);
  });
});
