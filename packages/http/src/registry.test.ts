import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { routes } from '../test/wallets.ts';
import { createApp } from './app.ts';
import { assertRoutes } from './registry.ts';
import type { Role } from './role.ts';
import { route } from './route.ts';

interface Shape {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  operationId: string;
  roles: readonly Role[];
  scope: string;
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
    roles: ['owner'],
    scope: 'loyalty:read',
    response: z.strictObject({}),
    handler: async () => ({}),
    ...changes,
  });
const thing = {
  path: '/v1/things/{thingId}',
  operationId: 'getThing',
  params: z.strictObject({ thingId: z.string() }),
};

describe('routes', () => {
  it('are accepted when each says who may call it', () => {
    expect(() => assertRoutes(routes)).not.toThrow();
    expect(() =>
      assertRoutes([sample(), sample({ ...thing }), sample({ method: 'POST', operationId: 'addThing' })]),
    ).not.toThrow();
  });

  it.each<[string, Partial<Shape>, RegExp]>([
    ['no role', { roles: [] }, /permits no role/],
    ['an unknown role', { roles: ['root' as Role] }, /unknown role/],
    ['roles of members and of consumers', { roles: ['owner', 'consumer' as Role] }, /for members and for consumers/],
    ['no scope', { scope: '' }, /no scope/],
    ['a scope for everything', { scope: '*' }, /no scope/],
    ['no operationId', { operationId: '' }, /operationId/],
    ['a path outside /v1', { path: '/things' }, /under \/v1/],
    ['a path as Hono writes it', { path: '/v1/things/:id' }, /under \/v1/],
    ['a path parameter without a schema', { path: '/v1/things/{thingId}' }, /different parameters/],
    ['a key for what is idempotent by itself: GET', { idempotent: true }, /only a POST takes an Idempotency-Key/],
    ['the same: PUT', { idempotent: true, method: 'PUT' }, /only a POST takes an Idempotency-Key/],
    ['a schema without a path parameter', { params: z.strictObject({ other: z.string() }) }, /different parameters/],
  ])('are refused with %s', (_name, changes, message) => {
    expect(() => assertRoutes([sample(changes)])).toThrow(message);
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
    expect(() => assertRoutes([sample(first), sample(second)])).toThrow(message);
  });

  it('that are refused stop the app from starting', () => {
    const authenticate = async () => ({ orgId: '', subject: '', role: 'owner' as const });
    expect(() => createApp({ title: 'things', routes: [sample({ roles: [] })], authenticate, deps: {} })).toThrow(
      /listThings/,
    );
  });
});
