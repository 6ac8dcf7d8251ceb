import { idPrefixes } from '@tributary/core/ids';
import type { JsonSchema, OpenApiDocument, Operation } from '@tributary/http/openapi';
import type { AnyRoute } from '@tributary/http/route';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Api, startApi } from '../test/api.ts';
import {
  type Ask,
  bodyOf,
  type DoorName,
  documentOf,
  everyRoute,
  openDoors,
  pathWith,
  sending,
} from './doors.fixture.ts';
import { brokenFrom, drawnFrom } from './from-schema.fixture.ts';
import { createParty, type Party, signInAgain, unknownLike } from './party.fixture.ts';

/** Of each route. */
const requestsPerRoute = 16;

interface Media {
  schema: JsonSchema;
}

let api: Api;
let doors: Record<DoorName, Ask>;
let party: Party;
const statuses = new Map<number, number>();
let soundAndRefused = 0;
let files = 0;
beforeAll(async () => {
  api = await startApi();
  doors = openDoors(api);
  party = await createParty(api, doors);
});
afterAll(() => {
  const all = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  const shares = [...statuses].sort().map(([status, count]) => `${count} x ${status}`);
  console.info(
    `requests drawn from the OpenAPI document: ${all} to ${everyRoute.length} operations: ${shares.join(', ')}`,
  );
});

const operationOf = ({ paths }: OpenApiDocument, { path, method }: AnyRoute) =>
  paths[path]?.[method.toLowerCase()] as Operation;

/** The schema as a validator of its own, made from what is published and not from what it was published from. */
function validator({ components }: OpenApiDocument, schema: JsonSchema): z.ZodType {
  const standalone = JSON.stringify({ ...schema, $defs: components.schemas });
  return z.fromJSONSchema(JSON.parse(standalone.replaceAll('#/components/schemas/', '#/$defs/')));
}

const remembered = new Map<string, z.ZodType>();
function fits(document: OpenApiDocument, schema: JsonSchema, value: unknown): readonly unknown[] {
  const name = JSON.stringify(schema);
  const known = remembered.get(name) ?? validator(document, schema);
  remembered.set(name, known);
  return known.safeParse(value).error?.issues ?? [];
}

/** What the operation says of a status, by its media type; an answer of another is a failure. */
function declared(document: OpenApiDocument, { responses }: Operation, status: number) {
  const response = responses[status];
  if (!response) return undefined;
  const reply = '$ref' in response ? document.components.responses[response.$ref.split('/').at(-1) ?? ''] : response;
  const [[contentType, media] = [null, null]] = Object.entries(reply?.content ?? {});
  return { contentType, schema: media?.schema ?? null };
}

/** A media type without what is said of it. */
const essenceOf = (contentType: string | null | undefined) => contentType?.split(';')[0] ?? null;

const wild = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('.', '..', '%00', '__proto__', 'null', '0', '-1', "'", 'x'.repeat(200), ...Object.values(idPrefixes)),
);

function requestsTo(document: OpenApiDocument, route: AnyRoute, door: DoorName) {
  const operation = operationOf(document, route);
  const { schemas } = document.components;
  const ids = party.ids[door];
  const known = { ...ids, provider: 'square' } as Record<string, string>;
  const param = (name: string) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(known[name] ?? null) },
      { weight: 1, arbitrary: fc.constant(unknownLike(ids)[name] ?? 'x') },
      { weight: 1, arbitrary: wild.filter((text) => text !== '' && text !== '.' && text !== '..') },
    );
  const of = (where: string) => operation.parameters.filter((parameter) => parameter.in === where);
  const query = Object.fromEntries(
    of('query').map(({ name, schema }) => [
      name,
      fc.oneof({ weight: 5, arbitrary: drawnFrom(schema, schemas).map(String) }, { weight: 1, arbitrary: wild }),
    ]),
  );
  const needed = of('query').filter(({ required }) => required);
  const schema = (operation.requestBody?.content['application/json'] as Media | undefined)?.schema;
  const usual = bodyOf(route, ids);
  const sound = schema ? fc.oneof(drawnFrom(schema, schemas), fc.constant(usual)) : fc.constant(undefined);
  return fc.record({
    params: fc.record(Object.fromEntries(of('path').map(({ name }) => [name, param(name)]))),
    query: fc.oneof(
      { weight: 2, arbitrary: fc.constant(null) },
      { weight: 3, arbitrary: fc.record(query, { requiredKeys: needed.map(({ name }) => name) }) },
      { weight: 1, arbitrary: fc.dictionary(wild, wild, { maxKeys: 3 }) },
    ),
    body: schema ? fc.oneof(sound, brokenFrom(sound)) : sound,
  });
}

describe('whatever is asked within or beside the document', () => {
  it.each(everyRoute)('%s: nothing fails, and what is answered is documented', async (_operationId, route, door) => {
    // Some of these end it.
    if (door === 'auth') party.headers.auth = await signInAgain(doors.auth, party);
    const document = documentOf(door);
    const operation = operationOf(document, route);
    const schema = (operation.requestBody?.content['application/json'] as Media | undefined)?.schema;
    const property = async ({ params, query, body }: Record<string, unknown>) => {
      const given = Object.entries(params as object).filter(([, value]) => value !== null);
      const path = pathWith(route, party.ids[door], Object.fromEntries(given));
      const asked = query ? `${path.split('?')[0]}?${new URLSearchParams(query as Record<string, string>)}` : path;
      const text = body === undefined ? undefined : JSON.stringify(body);
      const answer = await doors[door](asked, sending(route.method, party.headers[door], text));
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      expect(answer.status, answer.text).toBeLessThan(500);
      const promised = declared(document, operation, answer.status);
      expect([answer.status, promised !== undefined, answer.json?.code]).toEqual([
        answer.status,
        true,
        answer.json?.code,
      ]);
      expect(essenceOf(answer.headers['content-type'])).toBe(essenceOf(promised?.contentType));
      files += Number(answer.status === 200 && answer.json === null);
      if (promised?.schema) expect(fits(document, promised.schema, answer.json ?? answer.text)).toEqual([]);
      // What the document does not allow is not taken.
      const isSound = schema === undefined || fits(document, schema, body).length === 0;
      if (!isSound) expect(answer.status).toBeGreaterThanOrEqual(400);
      if (isSound && answer.status === 422) soundAndRefused += 1;
    };
    await fc.assert(fc.asyncProperty(requestsTo(document, route, door), property), { numRuns: requestsPerRoute });
  });

  it('reaches every kind of answer', () => {
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 202, 400, 403, 404, 409, 422]));
    expect(soundAndRefused).toBeGreaterThan(0);
    expect(files).toBeGreaterThan(0);
  });
});
