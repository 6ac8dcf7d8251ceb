import { errorCodes } from '@tributary/core/errors';
import * as z from 'zod';
import { type Access, type AccessTable, accessOf } from './access.ts';
import { Components } from './components.ts';
import { fileTypes, isFile } from './file.ts';
import { isInPages } from './page.ts';
import { problemSchema } from './problem.ts';
import { assertRoutes } from './registry.ts';
import { idempotencyKeyPattern } from './request.ts';
import type { AnyRoute } from './route.ts';

/** A piece of JSON Schema (draft 2020-12, the dialect of OpenAPI 3.1). */
export type JsonSchema = { [keyword: string]: unknown };

export interface OpenApiInfo {
  title: string;
  version: string;
  description?: string;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

interface Reply {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: JsonSchema; example?: unknown }>;
}

type Scheme = keyof typeof securitySchemes;

export interface Operation {
  operationId: string;
  summary: string;
  tags: readonly string[];
  security: { [scheme in Scheme]?: string[] }[];
  'x-roles': readonly string[];
  /** What it weighs where calls are limited. */
  'x-cost': string;
  parameters: Parameter[];
  requestBody?: { required: true; content: Record<string, { schema: JsonSchema; example?: unknown }> };
  responses: Record<string, Reply | { $ref: string }>;
}

export interface OpenApiDocument {
  openapi: '3.1.0';
  info: OpenApiInfo;
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    responses: Record<string, Reply>;
    securitySchemes: Record<string, unknown>;
  };
}

/**
 * The OpenAPI 3.1 description of `routes`. Schemas with `.meta({ id })` become components; of the access table, roles are `x-roles`, the
 * cost is `x-cost`, and a scope stands in `security`, where 3.1 allows it for any scheme.
 * @throws Error for an example its schema refuses, and for one component id with two meanings.
 */
export function openApiDocument(routes: readonly AnyRoute[], access: AccessTable, info: OpenApiInfo): OpenApiDocument {
  assertRoutes(routes, access);
  const components = new Components();
  const problem = { 'application/problem+json': { schema: components.schema(problemSchema, 'output') } };
  const paths: OpenApiDocument['paths'] = {};
  for (const route of routes) {
    const operations = paths[route.path] ?? {};
    operations[route.method.toLowerCase()] = operation(route, accessOf(access, route.operationId), components);
    paths[route.path] = operations;
  }
  const schemes = [...new Set(Object.values(access).map(schemeOf))].filter((scheme) => scheme !== null).sort();
  return {
    openapi: '3.1.0',
    info,
    tags: [...new Set(routes.flatMap(({ tags }) => tags))].sort().map((name) => ({ name })),
    paths,
    components: {
      schemas: components.all(),
      responses: {
        Problem: { description: 'Refused; `code` says why.', content: problem },
        RateLimited: { description: 'Asked too often.', headers: rateLimitFields, content: problem },
      },
      securitySchemes: Object.fromEntries(schemes.map((scheme) => [scheme, securitySchemes[scheme]])),
    },
  };
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A short-lived JWT, or an API key: `trb_live_…`.' },
  consumer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'With `role: consumer` and without `org_id`. What is theirs is decided by `email` with `email_verified: true` and `phone_number` (E.164) with `phone_number_verified: true`.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-tributary.session_token',
    description: 'Set by signing in. Only pages of the listed origins may ask with it.',
  },
};

/** Null: who asks need not be anybody. */
function schemeOf({ roles }: Access): Scheme | null {
  if (roles.includes('visitor')) return null;
  if (roles.includes('user')) return 'session';
  return roles.includes('consumer') ? 'consumer' : 'bearer';
}

function operation(route: AnyRoute, access: Access, components: Components): Operation {
  const { operationId, summary, tags, body, takes, example } = route;
  assertExamples(route);
  const scheme = schemeOf(access);
  return {
    operationId,
    summary,
    tags,
    security: scheme ? [{ [scheme]: [access.scope] }] : [],
    'x-roles': access.roles,
    'x-cost': access.cost,
    parameters: [
      ...parameters('path', route.params, components),
      ...parameters('query', route.query, components),
      ...(route.idempotent ? [idempotencyKey] : []),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: takes
          ? { [takes.mediaType]: { schema: { type: 'string', maxLength: takes.maxBytes } } }
          : { 'application/json': media(components.schema(body, 'input'), example.body) },
      },
    }),
    responses: { ...success(route, components), ...refusals(route) },
  };
}

function success(route: AnyRoute, components: Components): Record<string, Reply> {
  const { method, response, responseStatus, example } = route;
  const { contentType, schema } = isFile(response)
    ? fileTypes[response.mediaType]
    : { contentType: 'application/json', schema: components.schema(response, 'output') };
  const content = { [contentType]: media(schema, example.response) };
  const named = isFile(response) ? { 'Content-Disposition': text } : {};
  if (method !== 'GET' || isInPages(response)) {
    const headers = isFile(response) ? { headers: { ...named, Link: nextPage } } : {};
    return { [responseStatus]: { description: 'Done.', ...headers, content } };
  }
  return {
    [responseStatus]: { description: 'Found.', headers: { ...named, ETag: text }, content },
    304: { description: 'Unchanged: `If-None-Match` names its ETag.', headers: { ETag: text } },
  };
}

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description:
    'Your name for this request, such as a UUID. Sent again with the same body it is answered as the first time and has no second effect.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: idempotencyKeyPattern.source },
};

const text = { schema: { type: 'string' } };
const nextPage = { description: 'The page that follows, as `rel="next"`; none with the last one.', ...text };
const rateLimitFields = { 'Retry-After': text, RateLimit: text, 'RateLimit-Policy': text };

/** The refusals a route can give by what it is; all have one shape. */
function refusals({ method, params, body }: AnyRoute): Record<string, { $ref: string }> {
  const statuses = [
    errorCodes.bad_request,
    errorCodes.unauthenticated,
    errorCodes.forbidden,
    // A body may name an object too.
    ...(Object.keys(params.shape).length > 0 || body ? [errorCodes.not_found] : []),
    ...(method === 'GET' ? [] : [errorCodes.conflict]),
    ...(body ? [errorCodes.payload_too_large, errorCodes.unsupported_media_type] : []),
    errorCodes.validation_failed,
    errorCodes.internal,
    errorCodes.unavailable,
  ];
  return {
    ...Object.fromEntries(statuses.map((status) => [status, { $ref: '#/components/responses/Problem' }])),
    [errorCodes.rate_limited]: { $ref: '#/components/responses/RateLimited' },
  };
}

function parameters(where: 'path' | 'query', schema: z.ZodObject, components: Components): Parameter[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    // After parsing: a limit is an integer to the reader, although a query carries text.
    const { description, ...rest } = components.schema(field as z.ZodType, 'output');
    const required = where === 'path' || !z.safeParse(field, undefined).success;
    return { name, in: where, required, ...(typeof description === 'string' && { description }), schema: rest };
  });
}

function media(schema: JsonSchema, example: unknown): { schema: JsonSchema; example?: unknown } {
  return example === undefined ? { schema } : { schema, example };
}

function assertExamples({ operationId, body, response, example }: AnyRoute): void {
  const sound =
    (example.body === undefined || body?.safeParse(example.body).success) &&
    (example.response === undefined || isFile(response) || response.safeParse(example.response).success);
  if (!sound) throw new Error(`Route ${operationId}: its example does not fit its schema`);
}
