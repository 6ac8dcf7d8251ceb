import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { readBody } from './http-body.ts';
import { type Issuer, type Role, roles } from './issuer.ts';
import type { LocalMail } from './ses.ts';
import type { Traffic } from './traffic.ts';

export interface LocalRoutesOptions {
  issuer: Issuer;
  traffic: Traffic;
  mails: () => readonly LocalMail[];
  /** File of the OpenAPI document. */
  openapiPath: string;
}

type Respond = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const tokenRequestLimitBytes = 4096;
const pagePath = new URL('./page/index.html', import.meta.url);
// Only our own files and inline styles: what a provider sent is shown on this page, and must stay text.
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:";

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

function sendFile(response: ServerResponse, path: string, contentType: string, headers: Record<string, string> = {}) {
  response.writeHead(200, { 'content-type': contentType, 'x-content-type-options': 'nosniff', ...headers });
  createReadStream(path).pipe(response);
}

function page(file: string, contentType: string): Respond {
  const path = fileURLToPath(new URL(file, pagePath));
  return (_request, response) => sendFile(response, path, contentType, { 'content-security-policy': pagePolicy });
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const body = await readBody(request, tokenRequestLimitBytes);
  try {
    const parsed: unknown = JSON.parse(body?.toString('utf8') ?? '');
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function mint(issuer: Issuer): Respond {
  return async (request, response) => {
    const { orgId, role, subject, email, mobile } = (await readJson(request)) ?? {};
    const named = typeof subject === 'string' ? { subject } : {};
    if (role === 'consumer') {
      const contacts = Object.entries({ email, mobile }).filter(([, contact]) => typeof contact === 'string');
      sendJson(response, 200, { token: await issuer.mintConsumer({ ...named, ...Object.fromEntries(contacts) }) });
      return;
    }
    if (typeof orgId !== 'string' || !uuid.test(orgId) || !roles.includes(role as Role)) {
      const forms = `orgId (a uuid) and role (${roles.join(', ')}), or role consumer with email or mobile`;
      sendJson(response, 400, { message: `Send JSON: ${forms}.` });
      return;
    }
    sendJson(response, 200, { token: await issuer.mint({ orgId, role: role as Role, ...named }) });
  };
}

const keysWithinMs = 2_000;

/** The keys of the deployment and of the stand-in, which signs for whomever it is told: on this machine both are believed. */
function publicKeys(issuer: Issuer): Respond {
  return async (request, response) => {
    const url = `http://127.0.0.1:${request.socket.localPort}/v1/auth/jwks`;
    // Its function asks the database, which a test may have stopped: then the stand-in's are all there are.
    const deployed = await fetch(url, { signal: AbortSignal.timeout(keysWithinMs) })
      .then(async (answer) => (answer.ok ? ((await answer.json()) as Issuer['jwks']).keys : []))
      .catch(() => []);
    sendJson(response, 200, { keys: [...deployed, ...issuer.jwks.keys] });
  };
}

function stream(traffic: Traffic): Respond {
  return (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const end = traffic.watch((snapshot) => response.write(`data: ${JSON.stringify(snapshot)}\n\n`));
    request.once('close', end);
  };
}

function openapi(path: string): Respond {
  return async (_request, response) => {
    if (!existsSync(path)) return sendJson(response, 404, { message: 'The OpenAPI document has not been built.' });
    response.writeHead(200, { 'content-type': 'application/json' }).end(await readFile(path));
  };
}

/** Names this machine goes by. Any other `Host` is a web page pointing its own name here (DNS rebinding). */
function isLoopbackHost(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '');
}

/**
 * What exists only on this machine: the live page, the API reference, tokens and keys of the stand-in issuer.
 * @returns a responder that answers false for any other path.
 */
export function createLocalRoutes(options: LocalRoutesOptions) {
  const scalar = fileURLToPath(new URL('./browser/standalone.js', import.meta.resolve('@scalar/api-reference')));
  const responders: Readonly<Record<string, Respond>> = {
    'GET /': page('./index.html', 'text/html; charset=utf-8'),
    'GET /local/page.css': page('./page.css', 'text/css; charset=utf-8'),
    'GET /local/page.js': page('./page.js', 'text/javascript; charset=utf-8'),
    'GET /local/traffic': stream(options.traffic),
    'GET /local/mails': (_request, response) => sendJson(response, 200, { data: options.mails() }),
    'POST /local/token': mint(options.issuer),
    'GET /.well-known/jwks.json': publicKeys(options.issuer),
    'GET /openapi.json': openapi(options.openapiPath),
    'GET /docs': (_request, response) =>
      sendFile(response, fileURLToPath(new URL('./docs.html', pagePath)), 'text/html; charset=utf-8'),
    'GET /docs/docs.js': page('./docs.js', 'text/javascript; charset=utf-8'),
    'GET /docs/scalar.js': (_request, response) =>
      sendFile(response, scalar, 'text/javascript; charset=utf-8', { 'cache-control': 'max-age=86400' }),
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = (request.url ?? '/').split('?', 1)[0];
    const respond = responders[`${request.method} ${path}`];
    if (respond === undefined || !isLoopbackHost(request.headers.host)) return false;
    await respond(request, response);
    return true;
  };
}
