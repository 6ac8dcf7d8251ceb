import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '@tributary/http/app';
import { jwtAuthenticator } from '@tributary/http/authenticate';
import type { LogLine } from '@tributary/http/log';
import type { Role } from '@tributary/http/role';
import { type ConsumerClaims, createIssuer } from '@tributary/local/issuer';
import type { IngestMessage, SyncMessage } from '@tributary/queue/message';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll } from 'vitest';
import { type Connecting, startConnecting } from './connecting.ts';
import { routes } from './routes.ts';

export const issuerName = 'https://issuer.example';
export const audience = 'tributary';
export const cursorKey = Buffer.alloc(32, 7);

export interface Caller {
  orgId: string;
  role?: Role;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says
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
  const mint = ({ orgId, role = 'owner' }: Caller) => issuer.mint({ orgId, role, subject: `the-${role}` });
  return { mint, mintConsumer: issuer.mintConsumer, jwksUrl };
}

export interface Api {
  database: TestDatabase;
  jwksUrl: string;
  lines: LogLine[];
  /** To the ingest queue. */
  sent: IngestMessage[];
  connecting: Connecting;
  mint(caller: Caller): Promise<string>;
  mintConsumer(claims: ConsumerClaims): Promise<string>;
  get(caller: Caller, path: string, headers?: Record<string, string>): Promise<Answer>;
  /** With an `Idempotency-Key` of its own, unless one is given. */
  post(caller: Caller, path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(caller: Caller, path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(caller: Caller, path: string): Promise<Answer>;
}

/** The routes as they are deployed, in front of a database of the suite's own and an issuer of its own. */
export async function startApi(): Promise<Api> {
  const database = await testDatabase();
  const { mint, mintConsumer, jwksUrl } = await startIssuer();
  const lines: LogLine[] = [];
  const sent: IngestMessage[] = [];
  const connecting = await startConnecting(database);
  const app = createApp({
    title: 'loyalty',
    routes,
    authenticate: jwtAuthenticator({ issuer: issuerName, audience, jwksUrl }),
    deps: {
      database: database.api,
      cursorKey,
      sendToIngest: async (message: IngestMessage) => void sent.push(message),
      sendToSync: async (messages: readonly SyncMessage[]) => void connecting.queued.push(...messages),
      connecting: () => connecting.dependencies,
    },
    log: (line) => lines.push(line),
  });
  const ask = async (caller: Caller, path: string, init: RequestInit): Promise<Answer> => {
    const authorization = `Bearer ${await mint(caller)}`;
    const response = await app.request(path, { ...init, headers: { authorization, ...init.headers } });
    const text = await response.text();
    const json = text === '' ? null : JSON.parse(text);
    return { status: response.status, headers: Object.fromEntries(response.headers), text, json };
  };
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
    mint,
    mintConsumer,
    get: (caller, path, headers = {}) => ask(caller, path, { headers }),
    post: (caller, path, body, headers = { 'idempotency-key': randomUUID() }) =>
      send('POST', caller, path, body, headers),
    put: (caller, path, body, headers = {}) => send('PUT', caller, path, body, headers),
    delete: (caller, path) => ask(caller, path, { method: 'DELETE' }),
  };
}
