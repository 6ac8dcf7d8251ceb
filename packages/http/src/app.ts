import type { Client } from '@tributary/core/client';
import { AppError } from '@tributary/core/errors';
import { Hono, type Context as HonoContext } from 'hono';
import { type Access, type AccessTable, accessOf } from './access.ts';
import type { Authenticate, Member, Principal } from './authenticate.ts';
import { admissionOf, type RequestLimits } from './edge/admission.ts';
import { unknownClient } from './edge/client.ts';
import { corsHeaders, preflightHeaders } from './edge/cors.ts';
import { RateLimited, rateLimitHeaders, type Standing } from './edge/rate-limited.ts';
import { assertOwnOrigin } from './edge/refuse-foreign-origin.ts';
import { fileHeaders, type SoundFile } from './file.ts';
import { describeError, type Log, logToStdout } from './log.ts';
import { isInPages } from './page.ts';
import { toProblem } from './problem.ts';
import { assertRoutes } from './registry.ts';
import { readBytesBody, readIdempotencyKey, readJsonBody, readQuery } from './request.ts';
import { bodyResponse, emptyResponse, problemResponse, taggedResponse } from './response.ts';
import type { AnyRoute, Route, Situation } from './route.ts';

/** What the transport knows of a request beside the request. */
export interface Bindings {
  requestContext?: { requestId?: string | undefined };
  client?: Client;
}

type Exchange = HonoContext<{ Bindings: Bindings }>;

export interface AppOptions<Deps extends object, Who extends Principal = Member> {
  /** Names the app in its logs. */
  title: string;
  routes: readonly Route<Deps, Who>[];
  /** Who may call each of them. */
  access: AccessTable;
  authenticate: Authenticate<Who>;
  /** Handed to every handler beside `auth`. */
  deps: Deps;
  /** How often it may be asked; without, as often as anybody likes. */
  limits?: RequestLimits<Who>;
  /** Pages of these origins may call, and no others (`readOrigins`). */
  origins?: readonly string[];
  /** Cookies say who asks: what changes something must then come from a page of these origins. */
  readsCookies?: boolean;
  log?: Log;
}

/** What became of a request so far; filled in as it is found out. */
interface Progress {
  requestId: string;
  orgId: string | null;
  standing: Standing | null;
}

/**
 * A Hono app that serves `routes` and nothing else: every other path is 404, every other method 405 with `Allow`.
 * Every route authenticates, then checks role and scope, then parses; every refusal is `application/problem+json`.
 * @throws Error for routes that clash, and for those `access` does not know.
 */
export function createApp<Deps extends object, Who extends Principal = Member>(
  options: AppOptions<Deps, Who>,
): Hono<{ Bindings: Bindings }> {
  assertRoutes(options.routes, options.access);
  const app = new Hono<{ Bindings: Bindings }>();
  const refuse = (error: unknown) => exchange(options, null, () => Promise.reject(error));
  for (const route of options.routes) {
    const path = honoPath(route.path);
    app.on(
      route.method,
      path,
      exchange(options, route, (c, progress) => answer(options, route, c, progress)),
    );
  }
  for (const path of new Set(options.routes.map((route) => route.path))) {
    const methods = options.routes.filter((route) => route.path === path).map(({ method }) => method);
    const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    const refusal = new AppError('method_not_allowed', `Allowed here: ${allow}.`);
    const answerPreflight = async (c: Exchange, { requestId }: Progress) => {
      const headers = preflightHeaders(c.req.raw, options.origins ?? [], allow);
      if (!headers) throw refusal;
      return emptyResponse(requestId, headers);
    };
    app.all(honoPath(path), exchange(options, null, answerPreflight, { allow }));
  }
  app.notFound(refuse(new AppError('not_found', 'No such path.')));
  app.onError((error, c) => refuse(error)(c));
  return app;
}

function honoPath(path: string): string {
  return path.replace(/\{([^}]+)\}/g, ':$1');
}

type ExchangeOptions = Pick<AppOptions<object, never>, 'title' | 'origins' | 'readsCookies' | 'log'>;

/** Wraps what answers a request in what every request gets: an id, a problem for what is thrown, one line in the log. */
function exchange(
  { title, origins = [], readsCookies = false, log = logToStdout }: ExchangeOptions,
  route: AnyRoute | null,
  work: (c: Exchange, progress: Progress) => Promise<Response>,
  refusalHeaders: Record<string, string> = {},
): (c: Exchange) => Promise<Response> {
  return async (c) => {
    const startedAt = performance.now();
    const progress: Progress = { requestId: requestIdOf(c), orgId: null, standing: null };
    let failure: ReturnType<typeof describeError> = {};
    const response = await work(c, progress).catch((error: unknown) => {
      failure = describeError(error);
      if (error instanceof RateLimited) progress.standing = error.standing;
      return problemResponse(toProblem(error, progress.requestId), refusalHeaders);
    });
    const standing = progress.standing ? rateLimitHeaders(progress.standing) : {};
    for (const [name, value] of Object.entries({ ...corsHeaders(c.req.raw, origins, readsCookies), ...standing })) {
      response.headers.set(name, value);
    }
    log({
      level: response.status < 500 ? 'INFO' : 'ERROR',
      app: title,
      requestId: progress.requestId,
      operationId: route?.operationId ?? null,
      orgId: progress.orgId,
      status: response.status,
      ms: Math.round(performance.now() - startedAt),
      ...failure,
    });
    return response;
  };
}

async function answer<Deps extends object, Who extends Principal>(
  { access, authenticate, deps, limits, origins = [], readsCookies }: AppOptions<Deps, Who>,
  route: Route<Deps, Who>,
  c: Exchange,
  progress: Progress,
): Promise<Response> {
  const request = c.req.raw;
  const { requestId } = progress;
  const client = c.env?.client ?? unknownClient;
  const admission = limits && admissionOf(limits, client.address);
  admission?.enter();
  if (readsCookies) assertOwnOrigin(request, origins);
  const query = readQuery(new URL(request.url));
  const principal = await authenticate(request.headers).catch(async (error: unknown) => {
    await admission?.turnAway(error);
    throw error;
  });
  progress.orgId = 'orgId' in principal ? principal.orgId : null;
  const allowed = accessOf(access, route.operationId);
  progress.standing = (await admission?.admit(principal, allowed.cost)) ?? null;
  assertPermitted(allowed, principal);
  const idempotencyKey = route.idempotent ? readIdempotencyKey(request.headers) : null;
  const situation: Situation<Deps, Who> = { ...deps, auth: { ...principal, requestId }, idempotencyKey, client };
  const body = await readBody(route, request);
  const result = await route.run(situation, { params: c.req.param(), query, body });
  const response = responseOf(route, request, requestId, result);
  if ('newCookies' in principal)
    for (const cookie of principal.newCookies) response.headers.append('set-cookie', cookie);
  return response;
}

function responseOf(route: AnyRoute, request: Request, requestId: string, result: string | SoundFile): Response {
  const [body, headers] = typeof result === 'string' ? [result, {}] : [result.bytes, fileHeaders(request.url, result)];
  const isTagged = route.method === 'GET' && !isInPages(route.response);
  return isTagged
    ? taggedResponse(requestId, body, request.headers.get('if-none-match'), headers)
    : bodyResponse(requestId, route.responseStatus, body, headers);
}

async function readBody({ body, takes }: AnyRoute, request: Request): Promise<unknown> {
  if (body === null) return undefined;
  return takes ? readBytesBody(request, takes) : readJsonBody(request);
}

function assertPermitted({ roles, scope }: Access, principal: Principal): void {
  if (principal.role === 'visitor' && !roles.includes('visitor'))
    throw new AppError('unauthenticated', 'Sign in first.');
  const granted = principal.scopes === undefined || principal.scopes.includes(scope);
  if (!granted || !roles.includes(principal.role)) throw new AppError('forbidden', 'Your role does not permit this.');
}

/** The gateway's id, so that its log and ours meet; never one the caller made up. */
function requestIdOf(c: Exchange): string {
  const id = c.env?.requestContext?.requestId ?? '';
  return /^[A-Za-z0-9_=-]{8,128}$/.test(id) ? id : crypto.randomUUID();
}
