import { readFileSync } from 'node:fs';
import { idPrefixes } from '@tributary/core/ids';
import type { JsonSchema, Operation } from '@tributary/http/openapi';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { apis } from './apis.ts';
import { describeApi, openApiText } from './routes/openapi.ts';

const document = describeApi();
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
const named = operations.map((operation): [string, Operation] => [operation.operationId, operation]);

interface Media {
  schema: JsonSchema;
  example?: unknown;
}

/** What an operation sends and answers when all is well. */
function media({ requestBody, responses }: Operation): Media[] {
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  if (!success || !('content' in success) || !success.content) throw new Error('no response with a body');
  const { 'application/json': sent } = (requestBody?.content ?? {}) as Record<string, Media | undefined>;
  return [...Object.values(success.content), ...(sent === undefined ? [] : [sent])];
}

/** The schema as a validator of its own, made from what is published and not from what it was published from. */
function validator(schema: JsonSchema): z.ZodType {
  const standalone = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(standalone.replaceAll('#/components/schemas/', '#/$defs/')));
}

describe('openapi.json', () => {
  it('is what the routes say now; if not: node functions/api/write-openapi.ts', () => {
    const published = readFileSync(new URL('../../packages/docs/openapi.json', import.meta.url), 'utf8');
    expect(published).toBe(openApiText());
  });

  it('has every route', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );
    const served = Object.values(apis).flatMap(({ routes }) =>
      routes.map(({ method, path, operationId }) => `${method} ${path} ${operationId}`),
    );
    expect(described.sort()).toEqual(served.sort());
  });

  it.each(named)('%s: what it sends and answers has an example that fits', (_operationId, operation) => {
    for (const { schema, example } of media(operation)) {
      // Bytes are nothing to read.
      if (schema.format === 'binary') {
        expect([operation.operationId, example]).toEqual(['getInvoicePdf', undefined]);
        continue;
      }
      expect(example).toBeDefined();
      expect(validator(schema).safeParse(example).error?.issues ?? []).toEqual([]);
      expect(validator(schema).safeParse({ ...(example as object), unheard: 1 }).success).toBe(false);
    }
  });

  it.each(named)('%s: the ids in its examples are ids', (_operationId, operation) => {
    const text = JSON.stringify(media(operation).map(({ example }) => example));
    const suffixes = Object.values(idPrefixes).join('|');
    for (const [id] of text.matchAll(new RegExp(`\\b(${suffixes})_\\w{3,}`, 'g'))) {
      expect(id).toMatch(/^[a-z]{3}_0[0-9a-hjkmnp-tv-z]{25}$/);
    }
  });

  it('says of each operation who may call it', () => {
    for (const operation of operations) expect(operation['x-roles'].length).toBeGreaterThan(0);
  });

  it('has what is for consumers under /v1/me and what is for people under /v1/auth, where they are routed, and nothing else there', () => {
    const doors: Readonly<Record<string, (string | undefined)[]>> = {
      '/v1/me/': ['consumer'],
      '/v1/auth/': ['session', undefined],
    };
    for (const [path, methods] of Object.entries(document.paths)) {
      const area = Object.keys(doors).find((start) => path.startsWith(start)) ?? '';
      for (const operation of Object.values(methods)) {
        const [scheme] = Object.keys(operation.security[0] ?? {});
        expect(doors[area] ?? ['bearer'], path).toContain(scheme);
        const kinds = { consumer: ['consumer'], session: ['user'], none: ['visitor', 'user'] };
        const roles = kinds[(scheme ?? 'none') as keyof typeof kinds];
        expect([path, operation['x-roles']]).toEqual([
          path,
          roles ?? expect.not.arrayContaining(['consumer', 'user', 'visitor']),
        ]);
      }
    }
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'consumer', 'session']);
  });
});
