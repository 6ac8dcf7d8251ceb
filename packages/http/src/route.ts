import type { Client } from '@tributary/core/client';
import { AppError } from '@tributary/core/errors';
import { parse } from '@tributary/core/verb';
import * as z from 'zod';
import type { Consumer, Member, Principal } from './authenticate.ts';
import { type FileAnswer, type FileKind, type SoundFile, soundFile } from './file.ts';
import type { Person } from './person.ts';
import type { BytesBody } from './request.ts';
import { Answered, serialize, type Wire } from './wire.ts';

// A thin registry of our own over Hono and `import * as z`: @hono/zod-openapi bundles 505 KB and adds 40 ms to a cold start.

/** What a request comes with beside its input: the caller, and whatever the app was composed with. */
export type Situation<Deps, Who extends Principal = Member> = Deps & {
  /** Who asks: a member for an organization, or a consumer. */
  readonly auth: Who & { readonly requestId: string };
  /** The caller's name for the request; null where the route asks for none. */
  readonly idempotencyKey: string | null;
  /** The other end of the connection. */
  readonly client: Client;
};

/** What a handler gets beside its input. */
export type Context<Deps, Who extends Principal = Member> = Situation<Deps, Who> & {
  /** The JSON text this route answers with for a result. @throws ResponseMismatch as `serialize` does. */
  readonly answerText: (result: unknown) => string;
};

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
  /** A POST that has its effect once per `Idempotency-Key`, a header it then asks for. */
  readonly idempotent?: true;
  /** What the body is when it is not JSON; its schema is then `bytesBody`. */
  readonly takes?: BytesBody;
}

/** A body that is handed on as it came. */
export const bytesBody = z.instanceof(Uint8Array);

const nothing = z.strictObject({});
const noBody = z.undefined();

interface RouteSpec<
  Deps,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Response extends z.ZodType,
  Who extends Principal,
> extends Described {
  params?: Params;
  query?: Query;
  body?: Body;
  /** Describes the JSON that leaves: `z.iso.datetime()` for a time, `z.int()` for minor units. */
  response: Response;
  responseStatus?: 200 | 201 | 202;
  example?: { body?: z.input<Body>; response?: z.input<Response> };
  handler: (
    context: Context<Deps, Who>,
    input: { params: z.output<Params>; query: z.output<Query>; body: z.output<Body> },
  ) => Promise<Wire<z.input<Response>> | Answered<Wire<z.input<Response>>>>;
}

interface FileRouteSpec<Deps, Params extends z.ZodObject, Query extends z.ZodObject>
  extends Omit<Described, 'idempotent' | 'takes'> {
  method: 'GET';
  params?: Params;
  query?: Query;
  response: FileKind;
  /** Of text alone: what is not would be read by nobody. */
  example?: { response: string };
  handler: (
    context: Situation<Deps, Member>,
    input: { params: z.output<Params>; query: z.output<Query> },
  ) => Promise<FileAnswer>;
}

/** A route ready to be served and documented. `run` parses the input, calls the handler and answers with JSON text or a file. */
export interface Route<Deps, Who extends Principal = Member> extends Described {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  /** The schema of JSON, or which file. */
  readonly response: z.ZodType | FileKind;
  readonly responseStatus: 200 | 201 | 202;
  readonly example: { readonly body?: unknown; readonly response?: unknown };
  readonly run: (situation: Situation<Deps, Who>, raw: RawInput) => Promise<string | SoundFile>;
}

/** A route of any app, to be looked at and not to be run. */
export type AnyRoute = Omit<Route<never, Principal>, 'run'>;

/**
 * Describes one operation of members; handler input and output are inferred from the schemas.
 * Name what it needs by annotating the context: `handler: async ({ auth, db }: Context<{ db: Database }>, { params }) => …`.
 * A path parameter that does not parse is `not_found`; a query or body that does not is `validation_failed`.
 */
export function route<
  Deps extends object,
  Response extends z.ZodType,
  Params extends z.ZodObject = typeof nothing,
  Query extends z.ZodObject = typeof nothing,
  Body extends z.ZodType = typeof noBody,
>(spec: RouteSpec<Deps, Params, Query, Body, Response, Member>): Route<Deps> {
  return routeOf(spec);
}

/** Describes one operation of consumers: `handler: async ({ auth }: Context<{ db: Database }, Consumer>) => …`. */
export function consumerRoute<
  Deps extends object,
  Response extends z.ZodType,
  Params extends z.ZodObject = typeof nothing,
  Query extends z.ZodObject = typeof nothing,
  Body extends z.ZodType = typeof noBody,
>(spec: RouteSpec<Deps, Params, Query, Body, Response, Consumer>): Route<Deps, Consumer> {
  return routeOf(spec);
}

/** Describes one operation of people at a browser: `handler: async ({ auth }: Context<{ db: Database }, Person>) => …`. */
export function personRoute<
  Deps extends object,
  Response extends z.ZodType,
  Params extends z.ZodObject = typeof nothing,
  Query extends z.ZodObject = typeof nothing,
  Body extends z.ZodType = typeof noBody,
>(spec: RouteSpec<Deps, Params, Query, Body, Response, Person>): Route<Deps, Person> {
  return routeOf(spec);
}

/** Describes a file that members may have: `handler: async ({ auth, db }: Situation<{ db: Database }>, { params }) => …`. */
export function fileRoute<
  Deps extends object,
  Params extends z.ZodObject = typeof nothing,
  Query extends z.ZodObject = typeof nothing,
>(spec: FileRouteSpec<Deps, Params, Query>): Route<Deps> {
  const { params, query, handler, example = {}, ...described } = spec;
  const schemas = { params: params ?? nothing, query: query ?? nothing } as { params: Params; query: Query };
  return {
    ...described,
    ...schemas,
    body: null,
    responseStatus: 200,
    example,
    run: async (situation, raw) => {
      const input = { params: parseParams(schemas.params, raw.params), query: parse(schemas.query, raw.query) };
      return soundFile(described.response, await handler(situation, input));
    },
  };
}

// Three doors, because who calls cannot be inferred beside what a handler needs.
function routeOf<
  Deps extends object,
  Response extends z.ZodType,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Who extends Principal,
>(spec: RouteSpec<Deps, Params, Query, Body, Response, Who>): Route<Deps, Who> {
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
    run: async (situation, raw) => {
      const input = {
        params: parseParams(schemas.params, raw.params),
        query: parse(schemas.query, raw.query),
        body: parse(schemas.body, raw.body),
      };
      const answerText = (result: unknown) => JSON.stringify(serialize(response, result));
      const result = await handler({ ...situation, answerText }, input);
      return result instanceof Answered ? result.text : answerText(result);
    },
  };
}

function parseParams<Schema extends z.ZodObject>(schema: Schema, params: RawInput['params']): z.output<Schema> {
  const result = schema.safeParse(params);
  const storable = Object.values(params).every((value) => !value.includes('\u0000'));
  if (result.success && storable) return result.data;
  throw new AppError('not_found', 'No such object.');
}
