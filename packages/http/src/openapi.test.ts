import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { access, routes } from '../test/wallets.ts';
import type { Access } from './access.ts';
import { openApiDocument } from './openapi.ts';
import { pathParameters } from './registry.ts';
import { type Route, route } from './route.ts';

const info = { title: 'Wallets', version: '1.0.0' };
const document = openApiDocument(routes, access, info);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

const sample = (changes: Partial<Pick<Route<object>, 'example' | 'path' | 'operationId' | 'response'>> = {}) => ({
  ...route({
    method: 'GET',
    path: '/v1/things',
    operationId: 'getThings',
    summary: 'Things',
    tags: [],
    response: z.strictObject({ points: z.int() }),
    handler: async () => ({ points: 1 }),
  }),
  ...changes,
});

const describeSamples = (samples: readonly Route<object>[]) =>
  openApiDocument(
    samples,
    Object.fromEntries(samples.map(({ operationId }) => [operationId, access.getWallet as Access])),
    info,
  );

/** Every `$ref` anywhere in the document. */
function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : references(value)));
}

function resolve(reference: string): unknown {
  const [root, ...keys] = reference.split('/');
  expect(root).toBe('#');
  return keys.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
}

describe('the OpenAPI document', () => {
  it('is 3.1 and survives JSON', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('has one operation per route, each with its own id, roles and scope', () => {
    expect(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort()).toEqual(
      routes.map(({ method, path }) => `${method} ${path}`).sort(),
    );
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routes.length);
    for (const { operation } of operations) {
      const line = access[operation.operationId];
      expect([operation['x-roles'], operation['x-cost']]).toEqual([line?.roles, line?.cost]);
      expect(operation.security).toEqual([{ bearer: [line?.scope] }]);
    }
    expect(document.components.securitySchemes).toHaveProperty('bearer');
  });

  it('points only at what it holds', () => {
    const found = references(document);
    expect(found).toContain('#/components/schemas/Wallet');
    expect(found).toContain('#/components/schemas/Problem');
    for (const reference of found) expect(resolve(reference), reference).toBeTypeOf('object');
  });

  it('declares every parameter of a path, as required', () => {
    for (const { path, operation } of operations) {
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual(pathParameters(path));
      expect(declared.every(({ required }) => required)).toBe(true);
    }
  });

  it('describes a query as its reader means it', () => {
    expect(document.paths['/v1/wallets']?.get?.parameters).toEqual([
      {
        name: 'limit',
        in: 'query',
        required: false,
        description: 'Objects per page.',
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 25 },
      },
      {
        name: 'cursor',
        in: 'query',
        required: false,
        description: '`nextCursor` of the page before.',
        schema: { type: 'string', maxLength: 512 },
      },
      { name: 'prefix', in: 'query', required: false, schema: { type: 'string', maxLength: 20 } },
    ]);
  });

  it('asks for an Idempotency-Key where one is needed, and nowhere else', () => {
    const headers = operations.flatMap(({ operation: { operationId, parameters } }) =>
      parameters.filter((parameter) => parameter.in === 'header').map((parameter) => ({ operationId, ...parameter })),
    );
    expect(headers).toEqual([
      {
        operationId: 'creditWallet',
        name: 'Idempotency-Key',
        in: 'header',
        required: true,
        description: expect.stringContaining('UUID'),
        schema: { type: 'string', minLength: 1, maxLength: 255, pattern: expect.any(String) },
      },
    ]);
    const key = z.fromJSONSchema(headers[0]?.schema ?? {});
    expect(['a', '"a-b"', 'a b', 'a,b', ''].map((text) => key.safeParse(text).success)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('refuses unknown fields in what it asks for, and shows examples', () => {
    const content = document.paths['/v1/wallets']?.post?.requestBody?.content['application/json'];
    expect(content).toMatchObject({
      schema: { type: 'object', required: ['name'], additionalProperties: false },
      example: { name: 'Ada' },
    });
    expect(document.paths['/v1/wallets/{walletId}']?.get?.responses[200]).toMatchObject({
      headers: { ETag: {} },
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Wallet' }, example: { id: 'wal_1' } } },
    });
  });

  it('says how each operation refuses', () => {
    const statuses = (path: string, method: string) => Object.keys(document.paths[path]?.[method]?.responses ?? {});
    expect(statuses('/v1/wallets', 'get')).toEqual(['200', '400', '401', '403', '422', '429', '500', '503']);
    expect(statuses('/v1/wallets', 'post')).toEqual('201 400 401 403 404 409 413 415 422 429 500 503'.split(' '));
    expect(statuses('/v1/wallets/{walletId}/credits', 'post')).toEqual(
      '200 400 401 403 404 409 413 415 422 429 500 503'.split(' '),
    );
    expect(statuses('/v1/wallets/{walletId}', 'get')).toEqual('200 304 400 401 403 404 422 429 500 503'.split(' '));
  });

  it('is not made of examples that do not fit', () => {
    expect(() => describeSamples([sample({ example: { response: { points: 'many' } } })])).toThrow(
      /getThings.*example/,
    );
    expect(() => describeSamples([sample({ example: { body: {} } })])).toThrow(/getThings.*example/);
  });

  it('is not made of two schemas of one name', () => {
    const other = sample({
      path: '/v1/others',
      operationId: 'getOthers',
      response: z.strictObject({ id: z.string() }).meta({ id: 'Thing' }),
    });
    const one = sample({ response: z.strictObject({ points: z.int() }).meta({ id: 'Thing' }) });
    expect(() => describeSamples([one, other])).toThrow(/two schemas are named Thing/);
  });
});
