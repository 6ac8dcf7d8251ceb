import { randomUUID } from 'node:crypto';
import type { AccessTable } from '@tributary/http/access';
import { createApp } from '@tributary/http/app';
import { consumerAuthenticator } from '@tributary/http/authenticate';
import { type OpenApiDocument, openApiDocument } from '@tributary/http/openapi';
import { personAuthenticator } from '@tributary/http/person';
import { pathParameters } from '@tributary/http/registry';
import type { AnyRoute } from '@tributary/http/route';
import { createIdentity } from '@tributary/identity/auth/identity';
import { findSession } from '@tributary/identity/auth/session';
import { access } from '../access.ts';
import { routes as authRoutes } from '../auth.ts';
import { routes as consumerRoutes } from '../consumer.ts';
import { routes as invitedRoutes } from '../invited.ts';
import { type Answer, type Api, answerOf, audience, callingFrom, cursorKey, issuerName } from '../test/api.ts';
import { cases } from '../test/cases.ts';
import { access as memberAccess, routes as memberRoutes } from '../test/routes.ts';

const doorNames = ['members', 'consumer', 'invited', 'auth'] as const;
export type DoorName = (typeof doorNames)[number];

const doorRoutes: Readonly<Record<DoorName, { routes: readonly AnyRoute[]; access: AccessTable }>> = {
  members: { routes: memberRoutes, access: memberAccess },
  consumer: { routes: consumerRoutes, access: access.consumer },
  invited: { routes: invitedRoutes, access: access.invited },
  auth: { routes: authRoutes, access: access.auth },
};

/** Every route there is, by what lets callers in. The access table knows each: no function starts without. */
export const everyRoute = doorNames.flatMap((door) =>
  doorRoutes[door].routes.map((route): [operationId: string, route: AnyRoute, door: DoorName] => [
    route.operationId,
    route,
    door,
  ]),
);

/** What is published of a door's routes, or would be. */
export function documentOf(door: DoorName): OpenApiDocument {
  const { routes, access } = doorRoutes[door];
  return openApiDocument(routes, access, { title: door, version: '1' });
}

/** By the name of a path's parameter. */
export type NamedIds = Readonly<Record<string, string>>;

export type Ask = (path: string, init: RequestInit) => Promise<Answer>;

/** Pages of it may call with cookies. */
export const ownOrigin = 'https://app.tributary.example';

/** All doors in front of one database; what they log goes to `api.lines`. */
export function openDoors(api: Api): Record<DoorName, Ask> {
  const { database, jwksUrl } = api;
  const log = (line: Api['lines'][number]) => void api.lines.push(line);
  const authenticate = consumerAuthenticator({ issuer: issuerName, audience, jwksUrl });
  const identity = createIdentity({
    database: database.identity,
    secrets: [{ version: 1, value: 'q8Zt1mP0vY7sKd3LxN6wRb9uHj2cFg5eTa4oIk' }],
    newUserStatus: 'active',
    ...{ issuer: issuerName, audience },
    clock: () => new Date(),
    sendMail: async (mail) => void api.mails.push(mail),
    pause: async () => undefined,
  });
  const apps = {
    consumer: createApp({
      ...{ title: 'consumer', routes: consumerRoutes, access: access.consumer, authenticate, log },
      deps: { database: database.consumer, cursorKey },
    }),
    invited: createApp({
      ...{ title: 'invited', routes: invitedRoutes, access: access.invited, authenticate, log },
      deps: { database: database.identity, cursorKey },
    }),
    auth: createApp({
      ...{ title: 'auth', routes: authRoutes, access: access.auth, log },
      authenticate: personAuthenticator((cookie) => findSession(identity, cookie)),
      deps: { identity, countAttempt: async () => undefined },
      origins: [ownOrigin],
      readsCookies: true,
    }),
  };
  const askOf = (door: keyof typeof apps): Ask => {
    return async (path, init) => answerOf(await apps[door].request(path, init, { client: callingFrom }));
  };
  return { members: api.request, consumer: askOf('consumer'), invited: askOf('invited'), auth: askOf('auth') };
}

/** The path with its parameters filled in: as the cases do, or by name. A provider is Square. */
export function pathOf({ operationId, path }: AnyRoute, ids: NamedIds): string {
  const one = cases[operationId];
  if (one) return one.path(ids as never);
  return path.replace(/\{([^}]+)\}/g, (_, name) => (name === 'provider' ? 'square' : (ids[name] ?? 'nothing')));
}

/** A body that would do: of the cases, or of the example. */
export function bodyOf({ operationId, example }: AnyRoute, ids: NamedIds): unknown {
  const { body } = cases[operationId] ?? { body: example.body };
  return structuredClone(typeof body === 'function' ? body(ids as never) : body);
}

/** The path with one parameter that is whatever, the others as they should be. */
export function pathWith(route: AnyRoute, ids: NamedIds, given: NamedIds): string {
  const [written = '', query] = pathOf(route, ids).split('?');
  const segments = written.split('/');
  route.path.split('/').forEach((segment, at) => {
    const [name] = pathParameters(segment);
    const value = name === undefined ? undefined : given[name];
    if (value !== undefined) segments[at] = encodeURIComponent(value.toWellFormed());
  });
  return segments.join('/') + (query === undefined ? '' : `?${query}`);
}

/** A body as the route takes it: a text of CSV, or JSON. */
export function sendingTo({ method }: AnyRoute, headers: Record<string, string>, body: unknown): RequestInit {
  if (body === undefined) return sending(method, headers);
  if (typeof body !== 'string') return sending(method, headers, JSON.stringify(body));
  const sent = sending(method, headers, body);
  return { ...sent, headers: { ...sent.headers, 'content-type': 'text/csv' } };
}

/** `text` is JSON, so that it may hold what no object does. */
export function sending(method: string, headers: Record<string, string>, text?: string): RequestInit {
  const own = { ...headers, 'idempotency-key': headers['idempotency-key'] ?? randomUUID() };
  if (text === undefined) return { method, headers: own };
  return { method, headers: { ...own, 'content-type': 'application/json' }, body: text };
}
