import { cloverSchemas } from '../src/clover/schemas.ts';

type SchemaName = keyof typeof cloverSchemas;

const schemaOf: readonly (readonly [RegExp, SchemaName])[] = [
  [/^\/oauth\/v2\/(token|refresh|recovery)$/, 'tokens'],
  [/^\/v3\/merchants\/[^/]+$/, 'merchant'],
  [/^\/v3\/merchants\/[^/]+\/payments$/, 'payments'],
  [/^\/v3\/merchants\/[^/]+\/payments\/[^/]+$/, 'payment'],
  [/^\/v3\/merchants\/[^/]+\/orders$/, 'orders'],
  [/^\/v3\/merchants\/[^/]+\/orders\/[^/]+$/, 'order'],
];

/** That fetch, with every JSON answer checked against its schema. */
export function checkedFetch(ask: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await ask(input, init);
    if (response.headers.get('content-type') !== 'application/json') return response;
    const said: unknown = await response
      .clone()
      .json()
      .catch(() => undefined);
    if (said === undefined) return response;
    const path = new URL(new Request(input, { method: 'GET' }).url).pathname;
    const name = response.ok ? schemaOf.find(([pattern]) => pattern.test(path))?.[1] : 'refusal';
    if (name === undefined) throw new Error(`No schema is known for ${path}.`);
    cloverSchemas[name].parse(said);
    return response;
  };
}
