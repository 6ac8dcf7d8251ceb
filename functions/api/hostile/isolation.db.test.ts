import { memberRole } from '@tributary/core/role';
import { isFile } from '@tributary/http/file';
import { pathParameters } from '@tributary/http/registry';
import type { AnyRoute } from '@tributary/http/route';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { access as accessByFunction } from '../access.ts';
import { type Answer, type Api, startApi } from '../test/api.ts';
import { subjectWith } from '../test/people.ts';
import {
  type Ask,
  bodyOf,
  type DoorName,
  everyRoute,
  type NamedIds,
  openDoors,
  pathOf,
  sendingTo,
} from './doors.fixture.ts';
import { bearer, createParty, type Party, unknownLike } from './party.fixture.ts';

type Headers = Record<string, string>;

const namesObject = ({ path }: AnyRoute) => pathParameters(path).some((name) => name.endsWith('Id'));
const withId = everyRoute.filter(([, route]) => namesObject(route));
/** Filters that name an object: `?customerId=`. */
const filtersOf = ({ query }: AnyRoute) => Object.keys(query.shape).filter((name) => name.endsWith('Id'));
const filtered = everyRoute.flatMap(([operationId, route, door]) =>
  filtersOf(route).map((name): [string, AnyRoute, DoorName, string] => [operationId, route, door, name]),
);

let api: Api;
let doors: Record<DoorName, Ask>;
let ours: Party;
let theirs: Party;
let unknown: Record<DoorName, NamedIds>;
/** By door: whoever may knock, and how. */
let identities: Record<DoorName, Record<string, Headers>>;
let compared = 0;
let refusedOutright = 0;
let leaks = 0;

beforeAll(async () => {
  api = await startApi();
  doors = openDoors(api);
  ours = await createParty(api, doors);
  theirs = await createParty(api, doors);
  unknown = Object.fromEntries(
    Object.entries(theirs.ids).map(([door, ids]) => [door, unknownLike(ids)]),
  ) as typeof unknown;
  identities = await identitiesOf(ours);
});
afterAll(() => {
  vi.useRealTimers();
  const asWhom = Object.values(identities).map((ofDoor) => Object.keys(ofDoor).length);
  console.info(
    `isolation: ${everyRoute.length} routes (${withId.length} name an object) x ${Math.min(...asWhom)} to ${Math.max(...asWhom)} identities: ` +
      `${compared} answers for an object of others compared with those for a random id, ${refusedOutright} refused for who asks; ${leaks} leaks`,
  );
});

async function identitiesOf({ merchant, headers, apiKey }: Party): Promise<typeof identities> {
  const { orgId } = merchant;
  const members: Record<string, Headers> = {};
  for (const role of memberRole.options) {
    const subject = await subjectWith(api.database, orgId, role);
    members[`a member who is ${role}`] = bearer(await api.mint({ orgId, role, subject }));
  }
  const nobodys = { none: {}, 'no token': bearer('x.y.z') };
  const [member, consumer] = await expired(orgId);
  const ofConsumers = { consumer: headers.consumer, 'expired consumer': consumer, ...nobodys };
  return {
    members: { ...members, key: bearer(apiKey), 'expired member': member, 'a consumer': headers.consumer, ...nobodys },
    consumer: { ...ofConsumers, 'a member': headers.members, key: bearer(apiKey) },
    invited: { ...ofConsumers, 'a member': headers.members, key: bearer(apiKey) },
    auth: {
      'signed in': headers.auth,
      'not signed in': { origin: headers.auth.origin ?? '' },
      'another site': { ...headers.auth, origin: 'https://evil.example' },
      'a member': { ...headers.members, origin: headers.auth.origin ?? '' },
    },
  };
}

/** Tokens of an hour ago, which were good for a quarter of it. */
async function expired(orgId: string): Promise<[Headers, Headers]> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
  const [member, consumer] = [await api.mint({ orgId }), await api.mintConsumer({ email: 'ann@example.com' })];
  vi.useRealTimers();
  return [bearer(member), bearer(consumer)];
}

/** An answer but for what names the request. */
function anonymous({ status, headers, text }: Answer) {
  const { 'x-request-id': requestId = '', ...others } = headers;
  return { status, headers: others, text: text.replace(requestId, '') };
}

interface Asking {
  route: AnyRoute;
  door: DoorName;
  headers: Headers;
  path: NamedIds;
  body?: NamedIds;
}

async function ask({ route, door, headers, path, body = path }: Asking) {
  const given = bodyOf(route, body);
  return anonymous(await doors[door](pathOf(route, path), sendingTo(route, headers, given)));
}

function compare(what: unknown, answer: unknown, nothing: unknown) {
  compared += 1;
  if (JSON.stringify(answer) !== JSON.stringify(nothing)) leaks += 1;
  expect([what, answer]).toEqual([what, nothing]);
}

const lines: Readonly<Record<string, { roles: readonly string[] }>> = Object.assign(
  {},
  ...Object.values(accessByFunction),
);
const rolesOf = (operationId: string) => lines[operationId]?.roles ?? [];

it('every line of the access table is a route behind one of the doors', () => {
  expect(everyRoute.map(([operationId]) => operationId).sort()).toEqual(Object.keys(lines).sort());
});

describe('an object of others answers as one that does not exist, byte for byte', () => {
  it.each(withId)('%s, whoever asks', async (operationId, route, door) => {
    const found = new Set<number>();
    for (const [identity, headers] of Object.entries(identities[door])) {
      const nothing = await ask({ route, door, headers, path: unknown[door] });
      compare([operationId, identity], await ask({ route, door, headers, path: theirs.ids[door] }), nothing);
      found.add(nothing.status);
    }
    expect([...found].filter((status) => ![401, 403, 404].includes(status))).toEqual([]);
    expect(found.has(404)).toBe(true);
    if (route.method !== 'GET') return;
    // Whose it is finds it: what is compared is there.
    const { status } = await ask({ route, door, headers: theirs.headers[door], path: theirs.ids[door] });
    expect([operationId, status]).toEqual([operationId, 200]);
  });

  const withBoth = everyRoute.filter(([, route]) => {
    const idsThatTell = new Proxy({}, { get: (_, name) => `<${String(name)}>` });
    return JSON.stringify(bodyOf(route, idsThatTell) ?? null).includes('<');
  });
  it('there are routes whose body names an object', () => {
    expect(withBoth.length).toBeGreaterThanOrEqual(4);
  });
  it.each(withBoth)('%s, named in the body beneath our own', async (operationId, route, door) => {
    for (const [identity, headers] of Object.entries(identities[door])) {
      const path = ours.ids[door];
      const nothing = await ask({ route, door, headers, path, body: unknown[door] });
      expect(nothing.status).toBeGreaterThanOrEqual(400);
      compare([operationId, identity], await ask({ route, door, headers, path, body: theirs.ids[door] }), nothing);
    }
  });

  it.each(filtered)('%s, in the filter of a list', async (operationId, route, door, name) => {
    const ids = theirs.ids[door];
    const id = ids[name === 'targetId' ? 'walletId' : name];
    expect([name, id]).toEqual([name, expect.any(String)]);
    for (const [identity, headers] of Object.entries(identities[door])) {
      const answers = [];
      for (const value of [id, unknownLike({ id: id ?? '' }).id]) {
        const path = pathOf(route, ours.ids[door]);
        const filter = `${path.includes('?') ? '&' : '?'}${name}=${value}`;
        answers.push(anonymous(await doors[door](path + filter, { headers })));
      }
      compare([operationId, identity], answers[0], answers[1]);
    }
  });
});

describe('a file', () => {
  const files = everyRoute.filter(([, { response }]) => isFile(response));
  /** What nobody else has: the name that is printed, and ids. */
  const marksOf = async ({ merchant, ids }: Party): Promise<string[]> => {
    const named = 'select name from identity.organizations where id = $1';
    const { rows } = await api.database.superuser.query(named, [merchant.orgId]);
    return [rows[0].name, merchant.orgId, merchant.canary, ...Object.values(ids.members)];
  };
  /** As it is read, as it stands in the bytes, and as a PDF may spell it there. */
  const holds = ({ text, bytes }: Answer, mark: string) => {
    const raw = bytes.toString('latin1').toLowerCase();
    const hexes = [Buffer.from(mark), Buffer.from(mark, 'utf16le').swap16()].map((spelled) => spelled.toString('hex'));
    return text.includes(mark) || [mark.toLowerCase(), ...hexes].some((spelled) => raw.includes(spelled));
  };

  it('there are some', () => {
    expect(files.length).toBeGreaterThanOrEqual(2);
  });

  it.each(files)('%s: holds something of whose it is, and nothing of others', async (operationId, route, door) => {
    const narrowed = Object.hasOwn(route.query.shape, 'by') ? '&by=connection&brand=awin' : '';
    const found = async (answer: Answer, party: Party) => (await marksOf(party)).filter((mark) => holds(answer, mark));
    for (const [whose, other] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const path = pathOf(route, whose.ids[door]) + narrowed;
      const answer = await doors[door](path, { headers: whose.headers[door] });
      expect([operationId, answer.status, answer.json]).toEqual([operationId, 200, null]);
      expect((await found(answer, whose)).length).toBeGreaterThan(0);
      const foreign = await found(answer, other);
      leaks += foreign.length;
      expect(foreign).toEqual([]);
    }
  });
});

describe('who may not is refused alike on every route', () => {
  const outsiders: Record<DoorName, readonly string[]> = {
    members: ['expired member', 'a consumer', 'none', 'no token'],
    consumer: ['expired consumer', 'none', 'no token', 'a member', 'key'],
    invited: ['expired consumer', 'none', 'no token', 'a member', 'key'],
    auth: ['not signed in', 'a member'],
  };

  it.each(everyRoute)('%s', async (operationId, route, door) => {
    if (rolesOf(operationId).includes('visitor')) return;
    for (const identity of outsiders[door]) {
      const { status, text } = await ask({
        route,
        door,
        headers: identities[door][identity] ?? {},
        path: ours.ids[door],
      });
      refusedOutright += 1;
      if (text.includes(ours.merchant.canary)) leaks += 1;
      expect([operationId, identity, [401, 403].includes(status)]).toEqual([operationId, identity, true]);
      expect(text).not.toContain(ours.merchant.canary);
    }
  });
});
