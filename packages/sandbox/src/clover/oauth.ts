import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Reply, type RoutedRequest, readJson } from '../kernel/message.ts';
import type { Route } from '../kernel/routes.ts';
import type { TokenPair } from './tokens.ts';
import { nowMsOf, refuse, type World } from './world.ts';

/** Who sits at the browser that is sent to Clover. */
export interface Person {
  /** The next to come are signed in as this merchant; at first it is the first one. */
  signIn(merchantId: string): void;
  /** The next one says no. */
  denyNext(): void;
}

interface Code {
  readonly merchantId: string;
  readonly challenge: string | null;
  readonly expiresAtMs: number;
}

const codeLifetimeMs = 10 * 60 * 1000;

/** `/oauth/v2/…` @see https://docs.clover.com/dev/docs/high-trust-app-auth-flow, …/refresh-access-tokens */
export function createOauth(world: World): { routes: Route[]; person: Person } {
  const codes = new Map<string, Code>();
  const person = { merchantId: null as string | null, denies: 0 };
  return {
    person: {
      signIn: (merchantId) => {
        person.merchantId = merchantId;
      },
      denyNext: () => {
        person.denies += 1;
      },
    },
    routes: [
      {
        method: 'GET',
        path: '/oauth/v2/authorize',
        handle: (request) => {
          const isDenied = person.denies > 0;
          if (isDenied) person.denies -= 1;
          const merchantId = person.merchantId ?? [...world.merchants.keys()][0];
          return askPerson(world, codes, request, isDenied ? null : merchantId);
        },
      },
      { method: 'POST', path: '/oauth/v2/token', handle: (request) => exchange(world, codes, request) },
      { method: 'POST', path: '/oauth/v2/refresh', handle: (request) => refresh(world, request) },
      { method: 'POST', path: '/oauth/v2/recovery', handle: (request) => recover(world, request) },
    ],
  };
}

function askPerson(
  world: World,
  codes: Map<string, Code>,
  { query }: RoutedRequest,
  merchantId: string | null | undefined,
): Reply {
  if (query.get('client_id') !== world.app.id) return refuse(400, 'Bad Request: client_id');
  const redirect = readRedirect(world.app.redirectUri, query.get('redirect_uri'));
  if (redirect === null) return refuse(400, 'Bad Request: redirect_uri');
  if ((query.get('code_challenge_method') ?? 'S256') !== 'S256')
    return refuse(400, 'Bad Request: code_challenge_method');
  const state = query.get('state');
  const goTo = (address: URL, fields: Record<string, string>): Reply => {
    for (const [name, value] of Object.entries(fields)) address.searchParams.set(name, value);
    return { status: 302, headers: { location: address.href }, body: null };
  };
  if (merchantId === null) return goTo(redirect, { error: 'access_denied', ...(state !== null && { state }) });
  const merchant = world.merchants.get(merchantId ?? '');
  if (merchant?.isInstalled !== true) return goTo(new URL(`${world.origin}/appmarket/apps/${world.app.id}`), {});
  const code = world.random.uuid();
  codes.set(code, {
    merchantId: merchant.profile.id,
    challenge: query.get('code_challenge'),
    expiresAtMs: nowMsOf(world) + codeLifetimeMs,
  });
  return goTo(redirect, {
    merchant_id: merchant.profile.id,
    employee_id: 'DFLTEMPLOYEE',
    client_id: world.app.id,
    code,
    ...(state !== null && { state }),
  });
}

function readRedirect(registered: string | undefined, asked: string | null): URL | null {
  const address = asked ?? registered ?? '';
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  return registered === undefined || url.origin === new URL(registered).origin ? url : null;
}

const exchangeBody = z.object({
  client_id: z.string(),
  client_secret: z.string().optional(),
  code: z.string(),
  code_verifier: z.string().optional(),
});
const refreshBody = z.object({ client_id: z.string(), refresh_token: z.string() });
const recoveryBody = z.object({ client_id: z.string(), client_secret: z.string(), recovery_token: z.string() });

function exchange(world: World, codes: Map<string, Code>, request: RoutedRequest): Reply {
  const body = readBody(request, exchangeBody);
  if ('status' in body) return body;
  const { client_secret: secret, code_verifier: verifier } = body;
  const code = codes.get(body.code);
  const isKnown = code !== undefined && code.expiresAtMs > nowMsOf(world) && body.client_id === world.app.id;
  if (!isKnown || !isProven(code, verifier)) return refuse(401, 'Failed to validate authentication code');
  const isSecretNeeded = code.challenge === null || secret !== undefined;
  if (isSecretNeeded && secret !== world.app.secret) return refuse(401, '401 Unauthorized');
  codes.delete(body.code);
  return answer(world.merchants.get(code.merchantId)?.isInstalled ? world.tokens.issue(code.merchantId) : null);
}

function isProven({ challenge }: Code, verifier: string | undefined): boolean {
  if (challenge === null) return true;
  return verifier !== undefined && createHash('sha256').update(verifier).digest('base64url') === challenge;
}

function refresh(world: World, request: RoutedRequest): Reply {
  const body = readBody(request, refreshBody);
  if ('status' in body) return body;
  const pair = body.client_id === world.app.id ? world.tokens.refresh(body.refresh_token) : null;
  return answer(pair, { 'X-Clover-Recovery-Available': String(world.tokens.canRecover(body.refresh_token)) });
}

function recover(world: World, request: RoutedRequest): Reply {
  const body = readBody(request, recoveryBody);
  if ('status' in body) return body;
  const isApp = body.client_id === world.app.id && body.client_secret === world.app.secret;
  return answer(isApp ? world.tokens.recover(body.recovery_token) : null);
}

function answer(pair: TokenPair | null, refusalHeaders: Record<string, string> = {}): Reply {
  return pair === null ? refuse(401, '401 Unauthorized', refusalHeaders) : { status: 200, body: pair };
}

function readBody<Schema extends z.ZodType<object>>(request: RoutedRequest, schema: Schema): z.output<Schema> | Reply {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return refuse(415, 'Unsupported Media Type');
  const body = schema.safeParse(readJson(request));
  return body.success ? body.data : refuse(400, 'Bad Request');
}
