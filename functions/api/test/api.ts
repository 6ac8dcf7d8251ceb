import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '@tributary/http/app';
import { jwtAuthenticator } from '@tributary/http/authenticate';
import type { LogLine } from '@tributary/http/log';
import type { Role } from '@tributary/http/role';
import { createIssuer } from '@tributary/local/issuer';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll } from 'vitest';
import { routes } from '../loyalty.ts';

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
  return { mint, jwksUrl };
}

export interface Api {
  database: TestDatabase;
  jwksUrl: string;
  lines: LogLine[];
  mint(caller: Caller): Promise<string>;
  get(caller: Caller, path: string, headers?: Record<string, string>): Promise<Answer>;
  post(caller: Caller, path: string, body: unknown): Promise<Answer>;
}

/** The routes as they are deployed, in front of a database of the suite's own and an issuer of its own. */
export async function startApi(): Promise<Api> {
  const database = await testDatabase();
  const { mint, jwksUrl } = await startIssuer();
  const lines: LogLine[] = [];
  const app = createApp({
    title: 'loyalty',
    routes,
    authenticate: jwtAuthenticator({ issuer: issuerName, audience, jwksUrl }),
    deps: { database: database.api, cursorKey },
    log: (line) => lines.push(line),
  });
  const ask = async (caller: Caller, path: string, init: RequestInit): Promise<Answer> => {
    const authorization = `Bearer ${await mint(caller)}`;
    const response = await app.request(path, { ...init, headers: { authorization, ...init.headers } });
    const text = await response.text();
    const json = text === '' ? null : JSON.parse(text);
    return { status: response.status, headers: Object.fromEntries(response.headers), text, json };
  };
  const contentType = { 'content-type': 'application/json' };
  return {
    database,
    jwksUrl,
    lines,
    mint,
    get: (caller, path, headers = {}) => ask(caller, path, { headers }),
    post: (caller, path, body) =>
      ask(caller, path, { method: 'POST', headers: contentType, body: JSON.stringify(body) }),
  };
}
