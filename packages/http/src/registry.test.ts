import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { access, routes } from '../test/wallets.ts';
import type { Access, AccessTable } from './access.ts';
import { createApp } from './app.ts';
import { assertRoutes } from './registry.ts';
import type { CallerRole } from './role.ts';
import { type Route, route } from './route.ts';

interface Shape {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  operationId: string;
  params: z.ZodObject;
  idempotent: true;
}

const sample = (changes: Partial<Shape> = {}) =>
  route({
    method: 'GET',
    path: '/v1/things',
    operationId: 'listThings',
    summary: 'Things',
    tags: ['Things'],
    response: z.strictObject({}),
    handler: async () => ({}),
    ...changes,
  });
const thing = {
  path: '/v1/things/{thingId}',
  operationId: 'getThing',
  params: z.strictObject({ thingId: z.string() }),
};

const line: Access = { roles: ['owner'], scope: 'loyalty:read', cost: 'read' };
const tableOf = (served: readonly Route<object>[]): AccessTable =>
  Object.fromEntries(served.map(({ operationId }) => [operationId, line]));
const assertSamples = (...samples: readonly Route<object>[]) => assertRoutes(samples, tableOf(samples));

describe('routes', () => {
  it('are accepted when the table says of each who may call it', () => {
    expect(() => assertRoutes(routes, access)).not.toThrow();
    const added = sample({ method: 'POST', operationId: 'addThing' });
    expect(() => assertSamples(sample(), sample({ ...thing }), added)).not.toThrow();
  });

  it.each<[string, AccessTable, RegExp]>([
    ['no line', {}, /listThings: it is not in the access table/],
    ['no line but what every object has', Object.create({ listThings: line }), /not in the access table/],
    ['no role', { listThings: { ...line, roles: [] } }, /permits no role/],
    ['an unknown role', { listThings: { ...line, roles: ['root' as CallerRole] } }, /unknown role/],
    ['members and consumers', { listThings: { ...line, roles: ['owner', 'consumer'] } }, /several kinds/],
    ['members and people', { listThings: { ...line, roles: ['owner', 'user'] } }, /several kinds/],
    ['no scope', { listThings: { ...line, scope: '' } }, /no scope/],
    ['a scope for everything', { listThings: { ...line, scope: '*' } }, /no scope/],
    ['a line beside it that no route has', { listThings: line, listOthers: line }, /no route is listOthers/],
  ])('are refused when the table has %s', (_name, table, message) => {
    expect(() => assertRoutes([sample()], table)).toThrow(message);
  });

  it.each<[string, Partial<Shape>, RegExp]>([
    ['no operationId', { operationId: '' }, /operationId/],
    ['a path outside /v1', { path: '/things' }, /under \/v1/],
    ['a path as Hono writes it', { path: '/v1/things/:id' }, /under \/v1/],
    ['a path parameter without a schema', { path: '/v1/things/{thingId}' }, /different parameters/],
    ['a key for what is idempotent by itself: GET', { idempotent: true }, /only a POST takes an Idempotency-Key/],
    ['the same: PUT', { idempotent: true, method: 'PUT' }, /only a POST takes an Idempotency-Key/],
    ['a schema without a path parameter', { params: z.strictObject({ other: z.string() }) }, /different parameters/],
  ])('are refused with %s', (_name, changes, message) => {
    expect(() => assertSamples(sample(changes))).toThrow(message);
  });

  it.each<[string, Partial<Shape>, Partial<Shape>, RegExp]>([
    ['method and path', {}, { operationId: 'other' }, /same path/],
    ['operationId', {}, { path: '/v1/others' }, /operationId is taken/],
    ['path, one literal, one parameter', thing, { path: '/v1/things/mine', operationId: 'getMine' }, /overlaps/],
    [
      'path, by other parameter names and methods',
      thing,
      { method: 'PUT', path: '/v1/things/{id}', operationId: 'putThing', params: z.strictObject({ id: z.string() }) },
      /overlaps/,
    ],
  ])('are refused when two have the same %s', (_name, first, second, message) => {
    expect(() => assertSamples(sample(first), sample(second))).toThrow(message);
  });

  it('that are refused stop the app from starting', () => {
    const authenticate = async () => ({ orgId: '', subject: '', role: 'owner' as const });
    const start = (table: AccessTable) =>
      createApp({ title: 'things', routes: [sample()], access: table, authenticate, deps: {} });
    expect(() => start({})).toThrow(/listThings/);
    expect(() => start({ listThings: line, listOthers: line })).toThrow(/listOthers/);
    expect(() => start({ listThings: line })).not.toThrow();
  });
});
