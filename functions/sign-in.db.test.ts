import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@tributary/local/stack';
import type { Stack } from '@tributary/local/stack-options';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const password = 'correct horse battery staple';

describe('signing in, on the whole stack', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-sign-in-'));
  const lines: string[] = [];
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ dataDir, persistent: false, log: (line) => lines.push(line) });
  }, 180_000);
  afterAll(async () => {
    await stack?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const post = (path: string, body: object | null, cookie = '', origin = stack.gatewayUrl) =>
    fetch(`${stack.gatewayUrl}/v1/auth/${path}`, {
      method: 'POST',
      headers: { origin, cookie, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  const linkTo = async (email: string) => {
    const page = await fetch(`${stack.gatewayUrl}/local/mails`);
    const { data } = (await page.json()) as { data: ReturnType<Stack['mails']> };
    return /#token=(\S+)/.exec(data.find(({ to }) => to === email)?.text ?? '')?.[1] ?? '';
  };

  /** @returns the token somebody gets who has signed up, followed the link they were sent, and signed in */
  async function tokenOfNew(email: string, organization: { name: string } | null): Promise<string> {
    expect((await post('sign-up', { name: 'Ann Miller', email, password, organization })).status).toBe(202);
    expect((await post('verify-email', { token: await linkTo(email) })).status).toBe(200);
    const signedIn = await post('sign-in', { email, password });
    expect(await signedIn.json()).toEqual({ status: 'signed_in' });
    const [cookie = ''] = signedIn.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-tributary\.session_token=/);
    const issued = await post('token', null, cookie.split(';')[0]);
    return ((await issued.json()) as { token: string }).token;
  }
  const ask = (path: string, token: string) =>
    fetch(`${stack.gatewayUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });

  it('goes from an address to what the organization has, by a mail and a cookie', async () => {
    const token = await tokenOfNew('ann@example.com', { name: 'Corner Coffee' });
    const answer = await ask('/v1/wallets', token);
    expect([answer.status, await answer.json()]).toEqual([200, { data: [], nextCursor: null }]);
    expect((await ask('/v1/me/wallets', token)).status).toBe(403);
  });

  it('lets somebody who buys see what is theirs, and nothing of organizations', async () => {
    const token = await tokenOfNew('bea@example.com', null);
    expect((await ask('/v1/me/wallets', token)).status).toBe(200);
    expect((await ask('/v1/wallets', token)).status).toBe(401);
  });

  it('refuses a page of another origin', async () => {
    expect((await post('sign-in', { email: 'ann@example.com', password }, '', 'https://evil.example')).status).toBe(
      403,
    );
  });

  it('tells addresses, passwords and tokens to no log', async () => {
    const secrets = [password, 'ann@example.com', 'bea@example.com', await linkTo('ann@example.com')];
    const told = lines.join('\n');
    expect(told).toContain('"operationId":"signIn"');
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
  });
});
