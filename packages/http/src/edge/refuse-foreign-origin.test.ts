import { AppError } from '@tributary/core/errors';
import { Hono, type MiddlewareHandler } from 'hono';
import { csrf } from 'hono/csrf';
import { describe, expect, it } from 'vitest';
import { assertOwnOrigin } from './refuse-foreign-origin.ts';

const own = 'https://app.example.com';

/** A route that acts with a visitor's cookie, behind a guard. */
function appBehind(guard: MiddlewareHandler) {
  const app = new Hono();
  app.use(guard);
  app.all('/act', (c) => c.text('done'));
  app.onError((error, c) => c.text('', error instanceof AppError ? 403 : 500));
  return app;
}

const ours = appBehind(async (c, next) => {
  assertOwnOrigin(c.req.raw, [own]);
  await next();
});
const types = {
  json: 'application/json',
  text: 'text/plain',
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data; boundary=x',
  none: null,
};
type Sent = Record<string, string>;
const refused: Record<string, Sent> = {
  'no origin': {},
  'no origin, and says it is of the same site': { 'sec-fetch-site': 'same-site' },
  'no origin, and says it is of another site': { 'sec-fetch-site': 'cross-site' },
  'no origin, and says nobody sent it': { 'sec-fetch-site': 'none' },
  'the origin null': { origin: 'null' },
  'an empty origin': { origin: '' },
  'a foreign origin': { origin: 'https://evil.example' },
  'an origin that begins like ours': { origin: 'https://app.example.com.attacker.example' },
  'an origin that ends like ours': { origin: 'https://evil-app.example.com' },
  'a subdomain of ours': { origin: 'https://sub.app.example.com' },
  'our origin without TLS': { origin: 'http://app.example.com' },
  'our origin at another port': { origin: 'https://app.example.com:444' },
  'two origins': { origin: `${own}, https://evil.example` },
  'a foreign origin, and says it is the same': { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
};
const admitted: Record<string, Sent> = {
  'our origin': { origin: own },
  'no origin, of a browser that says it is the same': { 'sec-fetch-site': 'same-origin' },
};
const everyType = (origins: Record<string, Sent>) =>
  Object.entries(origins).flatMap(([said, headers]) =>
    Object.entries(types).map(([type, contentType]): [string, string, Sent] => [
      type,
      said,
      { cookie: 'session=x', ...headers, ...(contentType && { 'content-type': contentType }) },
    ]),
  );
// Bytes and not text, which would bring a content type with it.
const ask = (app: Hono, headers: Sent, method = 'POST') =>
  app.request('/act', { method, headers, ...(method !== 'GET' && { body: new TextEncoder().encode('{}') }) });

describe('a request with a visitor’s cookie', () => {
  it.each(everyType(refused))('as %s from %s is refused', async (_type, _said, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect((await ask(ours, headers, method)).status).toBe(403);
  });

  it.each(everyType(admitted))('as %s from %s is let in', async (_type, _said, headers) => {
    expect((await ask(ours, headers)).status).toBe(200);
  });

  it('that only looks is let in from anywhere: what it shows is kept by CORS', async () => {
    expect((await ask(ours, { origin: 'https://evil.example' }, 'GET')).status).toBe(200);
  });

  it('as JSON from a foreign origin passes hono/csrf, which guards what forms can send', async () => {
    const theirs = appBehind(csrf({ origin: own }));
    const passed = everyType(refused).filter(([type]) => type === 'json');
    const statuses = await Promise.all(passed.map(async ([, , headers]) => (await ask(theirs, headers)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    console.info(
      `CSRF: ${everyType(refused).length * 4} foreign requests refused; hono/csrf lets ${passed.length} pass`,
    );
  });
});
