import type { AnyRoute } from '@tributary/http/route';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, startApi } from '../test/api.ts';
import {
  type Ask,
  bodyOf,
  type DoorName,
  everyRoute,
  openDoors,
  pathOf,
  pathWith,
  sending,
  sendingTo,
} from './doors.fixture.ts';
import { textsIn } from './from-schema.fixture.ts';
import { injections } from './injections.fixture.ts';
import { type Path, replacedAt, textPlacesIn } from './json-places.fixture.ts';
import { createParty, type Party } from './party.fixture.ts';

/** Where each request may hash a password. */
const few = injections.filter(([kind]) =>
  /^(SQL, a quote|U\+0000|half a surrogate|very long|right to left)$/.test(kind),
);

let api: Api;
let doors: Record<DoorName, Ask>;
let party: Party;
let sent = 0;
let taken = 0;
let readAgain = 0;
beforeAll(async () => {
  api = await startApi();
  doors = openDoors(api);
  party = await createParty(api, doors);
});
afterAll(() =>
  console.info(
    `injection: ${injections.length} texts in every text of every parameter and body of ${everyRoute.length} operations: ${sent} requests, 0 failed; ${taken} taken in a body, ${readAgain} of them read again byte for byte`,
  ),
);

async function send(door: DoorName, path: string, init: RequestInit): Promise<Answer> {
  sent += 1;
  const answer = await doors[door](path, init);
  expect(answer.status, answer.text).toBeLessThan(500);
  expect(answer.headers).not.toHaveProperty('a');
  return answer;
}

const inPaths = everyRoute.filter(([, { params }]) => Object.keys(params.shape).length > 0);
it.each(inPaths)('%s: nothing in the path makes it fail, or is found', async (operationId, route, door) => {
  const body = bodyOf(route, party.ids[door]);
  for (const name of Object.keys(route.params.shape)) {
    for (const [kind, text] of injections) {
      if (text === '') continue;
      const path = pathWith(route, party.ids[door], { [name]: text });
      const { status } = await send(door, path, sendingTo(route, party.headers[door], body));
      expect([operationId, kind, [400, 401, 404].includes(status)]).toEqual([operationId, kind, true]);
    }
  }
});

const withQuery = everyRoute.filter(([, { query }]) => Object.keys(query.shape).length > 0);
it.each(withQuery)('%s: nothing in the query makes it fail', async (_operationId, route, door) => {
  const [path = '', usual] = pathOf(route, party.ids[door]).split('?');
  for (const name of Object.keys(route.query.shape)) {
    for (const [, text] of injections) {
      const query = new URLSearchParams(usual);
      query.set(name, text);
      const answer = await send(door, `${path}?${query}`, { headers: party.headers[door] });
      // A filter that matches nothing, at most: never more than was asked for.
      if (answer.status === 200 && text !== '') expect(listedIn(answer)).toEqual([]);
    }
  }
});

/** What a list lists, and what a file of CSV has beneath the names of its columns. */
function listedIn({ json, text }: Answer): unknown[] {
  const listed: unknown[] = json === null ? text.split('\r\n').slice(1) : (json.data ?? []);
  return listed.filter(Boolean);
}

interface Taking {
  /** A body with texts that neither the example nor the case has; drawn for each request. */
  body?: () => object;
  /** Makes what the operation uses up. @returns ids that name it */
  anew?: () => Promise<Record<string, string>>;
  /** Where it is shown; the newest audit record when nothing is said. */
  shownBy?: (answer: Answer) => string;
  /** Where it is stored when nothing shows it. */
  storedIn?: string;
}

const post = (path: string, body: object) =>
  send('members', path, sending('POST', party.headers.members, JSON.stringify(body)));
let drawn = 0;
const newCustomer = async () => {
  drawn += 1;
  return (await post('/v1/customers', { email: `drawn-${drawn}@example.com` })).json;
};

/** Operations that take a text as it is, and where it can be read again. */
const takers: Readonly<Record<string, Taking>> = {
  registerCustomer: {
    body: () => ({ external: { provider: 'square', value: 'x' } }),
    storedIn: `select value as text from loyalty.customer_identities where org_id = $1 and kind = 'external'`,
  },
  mergeCustomer: { anew: async () => ({ otherCustomerId: (await newCustomer()).id }) },
  eraseCustomer: { anew: async () => ({ erasedCustomerId: (await newCustomer()).id }) },
  adjustWallet: {},
  freezeWallet: { anew: async () => ({ activeWalletId: (await newCustomer()).wallet.id }) },
  unfreezeWallet: {
    anew: async () => {
      const { wallet } = await newCustomer();
      await post(`/v1/wallets/${wallet.id}/freeze`, { reason: 'stolen' });
      return { frozenWalletId: wallet.id };
    },
  },
  createRewardRule: { shownBy: ({ json }) => `/v1/reward-rules/${json.id}` },
  redeemReward: {
    anew: async () => {
      const { walletId } = party.ids.members;
      await post(`/v1/wallets/${walletId}/adjustments`, { points: 5, reason: 'sorry' });
      const { json } = await post('/v1/rewards', { walletId, points: 1, basketMinor: 1000, currency: 'USD' });
      return { rewardId: json.id };
    },
    shownBy: ({ json }) => `/v1/rewards/${json.id}`,
  },
  configureTiers: { shownBy: () => '/v1/tiers' },
  updateOrganization: { shownBy: () => '/v1/organization' },
  createApiKey: { shownBy: () => '/v1/api-keys?limit=1' },
  renameNetworkAccount: { shownBy: ({ json }) => `/v1/affiliate/accounts/${json.connectionId}` },
  openCsvAccount: { shownBy: ({ json }) => `/v1/affiliate/accounts/${json.connectionId}` },
  createSubAffiliate: { shownBy: ({ json }) => `/v1/affiliate/sub-affiliates/${json.id}` },
  eraseSubAffiliate: {
    anew: async () => {
      const { json } = await post('/v1/affiliate/sub-affiliates', {
        ...{ name: 'drawn', paymentTerms: 'net30', carriesNegative: true, effectiveFrom: '2026-01-01' },
        rate: { kind: 'share', shareBps: 3000 },
      });
      return { erasedSubAffiliateId: json.id };
    },
  },
  claimTraffic: { shownBy: ({ json }) => `/v1/affiliate/sub-affiliates/${json.id}` },
  createDeal: { shownBy: ({ json }) => `/v1/affiliate/deals/${json.id}` },
  createAutomationRule: { shownBy: ({ json }) => `/v1/affiliate/rules/${json.id}` },
  voidInvoice: {},
  signUp: {
    body: () => ({
      name: 'x',
      email: `${crypto.randomUUID()}@example.com`,
      password: 'a long passphrase',
      organization: { name: 'x' },
    }),
    storedIn: 'select name as text from identity.users union all select name from identity.organizations',
  },
};

/** Operations that take a text and keep nothing of it, or only what it hashes to. */
const forgetful: readonly string[] = ['changePassword', 'resetPassword', 'signIn', 'requestPasswordReset'];

const withBody = everyRoute.filter(([, { body }]) => body !== null);
describe('a text in a body', () => {
  const accepted = new Map<string, number>();

  it.each(withBody)('%s: makes nothing fail, and is kept byte for byte', async (operationId, route, door) => {
    let fresh = await takers[operationId]?.anew?.();
    for (const [draw, place] of placesOf(operationId, route, door)) {
      for (const [kind, text] of door === 'auth' ? few : injections) {
        const ids = { ...party.ids[door], ...fresh };
        const hostile = JSON.stringify(replacedAt(draw(), place, () => text));
        const answer = await send(door, pathOf(route, ids), sending(route.method, party.headers[door], hostile));
        if (answer.status >= 300) continue;
        taken += 1;
        accepted.set(operationId, (accepted.get(operationId) ?? 0) + 1);
        await expectKept(operationId, place, kind, text, answer);
        fresh = await takers[operationId]?.anew?.();
      }
    }
    const isTaker = Object.hasOwn(takers, operationId);
    if (isTaker) expect(accepted.get(operationId) ?? 0, operationId).toBeGreaterThan(0);
  });

  /** Each text of a body once, whichever of the bodies has it. */
  function placesOf(operationId: string, route: AnyRoute, door: DoorName): [draw: () => unknown, place: Path][] {
    const { body = () => null } = takers[operationId] ?? {};
    const draws = [body, () => bodyOf(route, party.ids[door]), () => route.example.body];
    const all = draws.flatMap((draw) =>
      textPlacesIn(draw() ?? null).map((place): [() => unknown, Path] => [draw, place]),
    );
    return [...new Map(all.toReversed().map((one) => [one[1].join('.'), one])).values()];
  }

  async function expectKept(operationId: string, place: Path, kind: string, text: string, answer: Answer) {
    if (forgetful.includes(operationId) || place.includes('password')) return;
    const taker = takers[operationId];
    expect([operationId, taker !== undefined]).toEqual([operationId, true]);
    const shown = taker?.storedIn ? await storedBy(taker.storedIn) : await shownBy(taker?.shownBy, answer);
    expect([operationId, place, kind, shown.includes(text)]).toEqual([operationId, place, kind, true]);
    readAgain += 1;
  }
  const shownBy = async (path: Taking['shownBy'], answer: Answer) =>
    textsIn(
      (await doors.members(path?.(answer) ?? '/v1/audit-records?limit=1', { headers: party.headers.members })).json,
    );
  const storedBy = async (sql: string) => {
    const { rows } = await api.database.superuser.query(sql, sql.includes('$1') ? [party.merchant.orgId] : []);
    return rows.map((row) => row.text as string);
  };
});

it('nothing was run: every table is there, and nobody waited', async () => {
  const { rows } = await api.database.superuser.query(
    `select to_regclass('loyalty.wallets') is not null as there, (select count(*) from loyalty.wallets) > 0 as filled`,
  );
  expect(rows).toEqual([{ there: true, filled: true }]);
  expect(api.lines.filter(({ status }) => status >= 500)).toEqual([]);
});
