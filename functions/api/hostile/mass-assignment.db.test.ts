import { readTables } from '@tributary/db/catalogue/canaries';
import type { JsonSchema } from '@tributary/http/openapi';
import type { AnyRoute } from '@tributary/http/route';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../test/api.ts';
import {
  type Ask,
  bodyOf,
  type DoorName,
  documentOf,
  everyRoute,
  openDoors,
  pathOf,
  sending,
} from './doors.fixture.ts';
import { objectsIn, type Path, replacedAt } from './json-places.fixture.ts';
import { createParty, type Party } from './party.fixture.ts';

const taking = everyRoute.filter(([, { body }]) => body !== null);

/** What we alone say: no body may have a place for it. */
const ours: readonly string[] = [
  ...['orgId', 'org_id', 'id', 'userId', 'user_id', 'createdAt', 'created_at', 'createdBy', 'created_by', 'actor'],
  ...['plan', 'version', 'balance', 'status', 'secretHash', 'emailVerified', 'balanceAfter', 'postingId', 'accountId'],
];

/** What whoever asks decides, though it goes by the name of something of ours. */
const said = ['updateSubAffiliate status', 'updateAutomationRule status'];

/** Objects of any names, by operation and place: what a provider adds to the address it sends a browser back to. */
const open: readonly string[] = ['finishConnect parameters', 'connectNetwork credentials'];

let api: Api;
let doors: Record<DoorName, Ask>;
let party: Party;
/** Names of columns, as the database writes them and as a body would. */
let columns: string[];
let tried = 0;
beforeAll(async () => {
  api = await startApi();
  doors = openDoors(api);
  party = await createParty(api, doors);
  const tables = await readTables(api.database.superuser);
  const names = tables.flatMap((table) => table.columns.map(({ name }) => name));
  const camel = names.map((name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()));
  columns = [...new Set([...names, ...camel])].sort();
});
afterAll(() =>
  console.info(
    `mass assignment: ${columns.length} names of columns in every object of the bodies of ${taking.length} operations: ${tried} refused one by one, 0 taken`,
  ),
);

/** The example has whatever a body can have; the cases only what they need. */
const bodiesOf = (route: AnyRoute, door: DoorName) =>
  [route.example.body, bodyOf(route, party.ids[door])].filter((body) => body !== undefined);

/** What the schema says of names it does not know, of one object of the body. */
function unknownNames({ body }: AnyRoute, value: unknown, place: Path): string[] {
  const issues = body?.safeParse(value).error?.issues ?? [];
  return flat(issues).flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.join('.') === place.join('.') ? issue.keys : [],
  );
}

interface Issue {
  code?: string | undefined;
  path: PropertyKey[];
  keys?: string[];
  errors?: Issue[][];
}

/** Those of the branches of a union too. */
function flat(issues: readonly object[], above: PropertyKey[] = []): (Issue & { keys: string[] })[] {
  return (issues as Issue[]).flatMap((issue) => {
    const own = { ...issue, keys: issue.keys ?? [], path: [...above, ...issue.path] };
    return [own, ...(issue.errors ?? []).flatMap((branch) => flat(branch, own.path))];
  });
}

const counted = `select (select count(*) from audit.records) as records, (select count(*) from identity.idempotency_keys) as answers`;

describe('the name of a column in a body', () => {
  it.each(taking)('%s: is refused wherever it stands, each name by itself', async (operationId, route, door) => {
    for (const sound of bodiesOf(route, door)) {
      for (const place of objectsIn(sound)) {
        if (open.includes(`${operationId} ${place.join('.')}`)) continue;
        const published = publishedAt(route, door, place);
        const offered = columns.filter((name) => !published.has(name));
        const places = ours.filter((name) => published.has(name) && !said.includes(`${operationId} ${name}`));
        expect([place, places]).toEqual([place, []]);
        const extra = Object.fromEntries(offered.map((name) => [name, 'x']));
        const body = replacedAt(sound, place, (object) => ({ ...(object as object), ...extra }));
        expect([place, unknownNames(route, body, place).sort()]).toEqual([place, offered]);
        tried += offered.length;
        const before = (await api.database.superuser.query(counted)).rows;
        const text = JSON.stringify(body);
        const path = pathOf(route, party.ids[door]);
        const { status, json } = await doors[door](path, sending(route.method, party.headers[door], text));
        expect([operationId, status, json.code]).toEqual([operationId, 422, 'validation_failed']);
        expect((await api.database.superuser.query(counted)).rows).toEqual(before);
      }
    }
  });

  it('was tried in enough of them', () => {
    expect(columns.length).toBeGreaterThan(200);
    expect(tried).toBeGreaterThan(10_000);
  });
});

/** Names that are published for that object of the body. */
function publishedAt({ method, path }: AnyRoute, door: DoorName, place: Path): Set<string> {
  const { paths, components } = documentOf(door);
  const [media] = Object.values(paths[path]?.[method.toLowerCase()]?.requestBody?.content ?? {});
  let schemas = variantsOf(media?.schema ?? {}, components.schemas);
  for (const name of place) {
    const members = schemas.map((schema) =>
      typeof name === 'number' ? schema.items : (schema.properties as JsonSchema | undefined)?.[name],
    );
    schemas = members.flatMap((member) => (member ? variantsOf(member as JsonSchema, components.schemas) : []));
  }
  return new Set(schemas.flatMap(({ properties }) => Object.keys(properties ?? {})));
}

function variantsOf(schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>): JsonSchema[] {
  const { $ref, anyOf, oneOf } = schema;
  const inner = (one: unknown) => variantsOf(one as JsonSchema, components);
  if (typeof $ref === 'string') return inner(components[$ref.replace('#/components/schemas/', '')]);
  return Array.isArray(anyOf ?? oneOf) ? ((anyOf ?? oneOf) as unknown[]).flatMap(inner) : [schema];
}
