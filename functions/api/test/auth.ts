import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@tributary/core/clock';
import type { Mail } from '@tributary/core/mail';
import { createApp } from '@tributary/http/app';
import type { LogLine } from '@tributary/http/log';
import { personAuthenticator } from '@tributary/http/person';
import { createIdentity } from '@tributary/identity/auth/identity';
import { findSession } from '@tributary/identity/auth/session';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll } from 'vitest';
import { limiterOn } from '../../runtime/edge.ts';
import { access } from '../access.ts';
import { routes } from '../auth.ts';
import { usesOfAttempt } from '../limits.ts';
import { audience, issuerName } from './api.ts';

export const ownOrigin = 'https://app.example.com';
export const password = 'correct horse battery staple';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says
  json: any;
}

export interface AuthApi {
  database: TestDatabase;
  lines: LogLine[];
  mails: Mail[];
  /** Where its keys are fetched, and how often they were. */
  jwks: { url: string; fetched: number; works: boolean };
  /** Of a browser of its own at an address of its own. */
  browser(): AuthBrowser;
  /** Somebody with a verified address and, unless it is null, an organization. */
  register(organization?: { name: string } | null): Promise<string>;
}

export interface AuthBrowser {
  cookie: string;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body?: unknown): Promise<Reply>;
}

let numbered = 0;

/** The routes of signing in as they are deployed, in front of a database of the suite's own; its keys on a loopback port. */
export async function startAuth(): Promise<AuthApi> {
  const database = await testDatabase();
  const lines: LogLine[] = [];
  const mails: Mail[] = [];
  const identity = createIdentity({
    database: database.identity,
    secrets: [{ version: 1, value: 'q8Zt1mP0vY7sKd3LxN6wRb9uHj2cFg5eTa4oIk' }],
    newUserStatus: 'active',
    issuer: issuerName,
    audience,
    clock: systemClock,
    sendMail: async (mail) => void mails.push(mail),
    pause: async () => undefined,
  });
  const limiter = limiterOn(database.identity);
  const app = createApp({
    title: 'auth',
    routes,
    access: access.auth,
    authenticate: personAuthenticator((cookie) => findSession(identity, cookie)),
    deps: {
      identity,
      countAttempt: async (account: string, client: { address: string | null; userAgent: string | null }) =>
        void (await limiter.admit(usesOfAttempt(account, client))),
    },
    origins: [ownOrigin],
    readsCookies: true,
    log: (line) => lines.push(line),
  });
  const jwks = { url: '', fetched: 0, works: true };
  jwks.url = await serveKeys(jwks, () => app.request('/v1/auth/jwks'));
  const browser = () => browserOf(app);
  return {
    ...{ database, lines, mails, jwks, browser },
    register: (organization = { name: 'Corner Coffee' }) => register(browser(), mails, organization),
  };
}

type Application = { request: (path: string, init: RequestInit, bindings: object) => Response | Promise<Response> };

function browserOf(app: Application): AuthBrowser {
  numbered += 1;
  const client = { address: `10.${numbered >> 8}.${numbered & 255}.1`, userAgent: 'test browser' };
  const cookies = new Map<string, string>();
  const self: AuthBrowser = {
    get cookie() {
      return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    },
    async ask(method, path, body, headers = { origin: ownOrigin }) {
      const init = {
        method,
        headers: { cookie: self.cookie, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      };
      const response = await app.request(path, init, { client });
      for (const cookie of response.headers.getSetCookie()) {
        const [pair = ''] = cookie.split('; ');
        const name = pair.slice(0, pair.indexOf('='));
        if (cookie.includes('Max-Age=0')) cookies.delete(name);
        else cookies.set(name, pair.slice(name.length + 1));
      }
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: text === '' ? null : JSON.parse(text) };
    },
    post: (path, body) => self.ask('POST', `/v1/auth/${path}`, body),
  };
  return self;
}

async function register(browser: AuthBrowser, mails: Mail[], organization: object | null): Promise<string> {
  numbered += 1;
  const email = `person-${numbered}@example.com`;
  await browser.post('sign-up', { name: 'Ann Miller', email, password, organization });
  const mail = mails.findLast(({ to }) => to === email);
  if (mail?.kind !== 'verify_email') throw new Error('nobody was written to');
  await browser.post('verify-email', { token: mail.token });
  return email;
}

async function serveKeys(jwks: AuthApi['jwks'], read: () => Response | Promise<Response>): Promise<string> {
  const server = createServer(async (_request, response) => {
    jwks.fetched += 1;
    if (!jwks.works) return void response.writeHead(503).end();
    response.end(await (await read()).text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
