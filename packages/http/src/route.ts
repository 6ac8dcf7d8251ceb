import type { Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';
import { parse } from '@tributary/core/verb';
import * as z from 'zod';
import type { Role } from './role.ts';
import { serialize, type Wire } from './wire.ts';

// A thin registry of our own over Hono and `import * as z`: @hono/zod-openapi bundles 505 KB and adds 40 ms to a cold start.

/** Who asks, for which organization. */
export interface Auth {
  readonly orgId: string;
  readonly subject: string;
  readonly role: Role;
  readonly requestId: string;
}

/** What a handler gets beside its input: the caller, and whatever the app was composed with. */
export type Context<Deps> = Deps & { readonly auth: Auth };

/** What a request carried, before any schema saw it. */
export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Described {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/v1/wallets/{walletId}`, as in OpenAPI. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  /** The roles that may call it. */
  readonly roles: readonly Role[];
  /** What a scoped credential must have been granted: `loyalty:read`. */
  readonly scope: string;
}

const nothing = z.strictObject({});
const noBody = z.undefined();

interface RouteSpec<
  Deps,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Response extends z.ZodType,
> extends Described {
  params?: Params;
  query?: Query;
  body?: Body;
  /** Describes the JSON that leaves: `z.iso.datetime()` for a time, `z.int()` for minor units. */
  response: Response;
  responseStatus?: 200 | 201;
  example?: { body?: z.input<Body>; response?: z.input<Response> };
  handler: (
    context: Context<Deps>,
    input: { params: z.output<Params>; query: z.output<Query>; body: z.output<Body> },
  ) => Promise<Wire<z.input<Response>>>;
}

/** A route ready to be served and documented. `run` parses the input, calls the handler and serialises what it returns. */
export interface Route<Deps> extends Described {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  readonly response: z.ZodType;
  readonly responseStatus: 200 | 201;
  readonly example: { readonly body?: unknown; readonly response?: unknown };
  readonly run: (context: Context<Deps>, raw: RawInput) => Promise<Json>;
}

/**
 * Describes one operation; handler input and output are inferred from the schemas.
 * Name what it needs by annotating the context: `handler: async ({ auth, db }: Context<{ db: Database }>, { params }) => …`.
 * A path parameter that does not parse is `not_found`; a query or body that does not is `validation_failed`.
 */
export function route<
  Deps extends object,
  Response extends z.ZodType,
  Params extends z.ZodObject = typeof nothing,
  Query extends z.ZodObject = typeof nothing,
  Body extends z.ZodType = typeof noBody,
>(spec: RouteSpec<Deps, Params, Query, Body, Response>): Route<Deps> {
  const { params, query, body, response, handler, responseStatus = 200, example = {}, ...described } = spec;
  // An omitted schema is the type parameter's default, which the compiler cannot see through `??`.
  const schemas = { params: params ?? nothing, query: query ?? nothing, body: body ?? noBody } as {
    params: Params;
    query: Query;
    body: Body;
  };
  return {
    ...described,
    params: schemas.params,
    query: schemas.query,
    body: body ?? null,
    response,
    responseStatus,
    example,
    run: async (context, raw) => {
      const input = {
        params: parseParams(schemas.params, raw.params),
        query: parse(schemas.query, raw.query),
        body: parse(schemas.body, raw.body),
      };
      return serialize(response, await handler(context, input));
    },
  };
}

function parseParams<Schema extends z.ZodObject>(schema: Schema, params: RawInput['params']): z.output<Schema> {
  const result = schema.safeParse(params);
  const storable = Object.values(params).every((value) => !value.includes('\u0000'));
  if (result.success && storable) return result.data;
  throw new AppError('not_found', 'No such object.');
}
