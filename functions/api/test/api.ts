import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textsOf } from '@tributary/affiliate/invoice/pdf-texts.fixture';
import type { Mail } from '@tributary/core/mail';
import type { MemberRole } from '@tributary/core/role';
import { createApp } from '@tributary/http/app';
import { memberAuthenticator } from '@tributary/http/authenticate';
import type { LogLine } from '@tributary/http/log';
import { findApiKey } from '@tributary/identity/api-key/find-api-key';
import { type ConsumerClaims, createIssuer } from '@tributary/local/issuer';
import { brands, networks } from '@tributary/providers/affiliate/networks';
import type { IngestMessage, SyncMessage } from '@tributary/queue/message';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll } from 'vitest';
import { type Connecting, startConnecting } from './connecting.ts';
import { access, routes } from './routes.ts';

export const issuerName = 'https://issuer.example';
export const audience = 'tributary';
export const cursorKey = Buffer.alloc(32, 7);
/** From where everybody calls, as the edge would say. */
export const callingFrom = { address: '203.0.113.7', userAgent: 'tests/1' };

export interface Caller {
  orgId: string;
  role?: MemberRole;
  /** Who it is, `usr_…`; without, nobody there is an account of. */
  subject?: string;
  /** Instead of a token. */
  apiKey?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  bytes: Buffer;
  /** What is read: of a PDF the texts it shows. */
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says; null for what is no JSON
  json: any;
}

/** An issuer with its keys on a loopback port, stopped when the suite ends. */
async function startIssuer() {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-issuer-'));
  const issuer = await createIssuer({ keyFile: join(folder, 'key.json'), issuer: issuerName, audience });
  const server = createServer((_request, response) => response.end(JSON.stringify(issuer.jwks)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const mint = async ({ orgId, role = 'owner', subject = `the-${role}`, apiKey }: Caller) =>
    apiKey ?? issuer.mint({ orgId, role, subject });
  return { mint, mintConsumer: issuer.mintConsumer, jwksUrl };
}

export interface Api {
  database: TestDatabase;
  jwksUrl: string;
  lines: LogLine[];
  /** To the ingest queue. */
  sent: IngestMessage[];
  connecting: Connecting;
  /** To people. */
  mails: Mail[];
  /** What keys are asked about, and when it is then. */
  keys: { looks: number; now(): number };
  mint(caller: Caller): Promise<string>;
  mintConsumer(claims: ConsumerClaims): Promise<string>;
  /** As it is given, with no credential but what its headers hold. */
  request(path: string, init?: RequestInit): Promise<Answer>;
  get(caller: Caller, path: string, headers?: Record<string, string>): Promise<Answer>;
  /** With an `Idempotency-Key` of its own, unless one is given. */
  post(caller: Caller, path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A file of CSV. */
  upload(caller: Caller, path: string, csv: string, headers?: Record<string, string>): Promise<Answer>;
  put(caller: Caller, path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(caller: Caller, path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(caller: Caller, path: string, headers?: Record<string, string>): Promise<Answer>;
}

export async function answerOf(response: Response): Promise<Answer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';');
  const text = mediaType === 'application/pdf' ? textsOf(bytes).join('\n') : bytes.toString();
  const json = mediaType.endsWith('json') && text !== '' ? JSON.parse(text) : null;
  return { status: response.status, headers: Object.fromEntries(response.headers), bytes, text, json };
}

/** The routes as they are deployed, in front of a database of the suite's own and an issuer of its own. */
export async function startApi(): Promise<Api> {
  const database = await testDatabase();
  const { mint, mintConsumer, jwksUrl } = await startIssuer();
  const lines: LogLine[] = [];
  const sent: IngestMessage[] = [];
  const mails: Mail[] = [];
  const connecting = await startConnecting(database);
  const keys = { looks: 0, now: Date.now };
  const app = createApp({
    title: 'loyalty',
    routes,
    access,
    authenticate: memberAuthenticator(
      { issuer: issuerName, audience, jwksUrl },
      {
        environment: 'test',
        find: (key) => {
          keys.looks += 1;
          return findApiKey(database.api, key);
        },
        now: () => keys.now(),
      },
    ),
    deps: {
      database: database.api,
      cursorKey,
      keyEnvironment: 'test' as const,
      sendToIngest: async (message: IngestMessage) => void sent.push(message),
      sendToSync: async (messages: readonly SyncMessage[]) => void connecting.queued.push(...messages),
      connecting: () => connecting.dependencies,
      networks,
      brands,
      asking: () => connecting.asking,
      people: () => database.identity,
      mailer: () => async (mail: Mail) => void mails.push(mail),
    },
    log: (line) => lines.push(line),
  });
  const request = async (path: string, init: RequestInit = {}) =>
    answerOf(await app.request(path, init, { client: callingFrom }));
  const ask = async (caller: Caller, path: string, init: RequestInit): Promise<Answer> =>
    request(path, { ...init, headers: { authorization: `Bearer ${await mint(caller)}`, ...init.headers } });
  const send = (method: string, caller: Caller, path: string, body: unknown, headers: Record<string, string>) =>
    ask(caller, path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    database,
    jwksUrl,
    lines,
    sent,
    connecting,
    mails,
    keys,
    mint,
    mintConsumer,
    request,
    get: (caller, path, headers = {}) => ask(caller, path, { headers }),
    post: (caller, path, body, headers = { 'idempotency-key': randomUUID() }) =>
      send('POST', caller, path, body, headers),
    upload: (caller, path, body, headers = { 'idempotency-key': randomUUID() }) =>
      ask(caller, path, { method: 'POST', body, headers: { 'content-type': 'text/csv', ...headers } }),
    put: (caller, path, body, headers = {}) => send('PUT', caller, path, body, headers),
    patch: (caller, path, body, headers = {}) => send('PATCH', caller, path, body, headers),
    delete: (caller, path, headers = {}) => ask(caller, path, { method: 'DELETE', headers }),
  };
}
