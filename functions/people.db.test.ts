import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlesFrom } from '@tributary/local/bundle-server';
import { startStack } from '@tributary/local/stack';
import type { Stack } from '@tributary/local/stack-options';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const password = 'correct horse battery staple';

describe('people, on the whole stack', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-people-'));
  const lines: string[] = [];
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      dataDir,
      bundle: () => bundlesFrom(inject('bundlesUrl')),
      persistent: false,
      log: (line) => lines.push(line),
    });
  }, 180_000);
  afterAll(async () => {
    await stack?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function ask(method: string, path: string, body: object | null, headers: Record<string, string>) {
    const type: Record<string, string> = body ? { 'content-type': 'application/json' } : {};
    const response = await fetch(`${stack.gatewayUrl}${path}`, {
      method,
      headers: { ...type, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // biome-ignore lint/suspicious/noExplicitAny: whatever the API says
    const json: any = text === '' ? null : JSON.parse(text);
    return { status: response.status, json, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  }
  const post = (path: string, body: object | null, cookie = '', origin = stack.gatewayUrl) =>
    ask('POST', `/v1/auth/${path}`, body, { origin, cookie });
  const mailTo = async (email: string): Promise<string> => {
    const { json } = await ask('GET', '/local/mails', null, {});
    return json.data.find(({ to }: { to: string }) => to === email)?.text ?? '';
  };
  const tokenMailedTo = async (email: string) => /#token=(\S+)/.exec(await mailTo(email))?.[1] ?? '';
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  /** @returns the cookie of somebody who has signed up, followed the link they were sent, and signed in */
  async function cookieOfNew(email: string, organization: { name: string } | null): Promise<string> {
    expect((await post('sign-up', { name: 'Somebody New', email, password, organization })).status).toBe(202);
    expect((await post('verify-email', { token: await tokenMailedTo(email) })).status).toBe(200);
    const { json, cookie } = await post('sign-in', { email, password });
    expect(json).toEqual({ status: 'signed_in' });
    expect(cookie).toMatch(/^__Host-tributary\.session_token=/);
    return cookie;
  }
  const issued = async (cookie: string) => bearer((await post('token', null, cookie)).json.token);

  describe('signing in', () => {
    const get = (path: string, headers: Record<string, string>) => ask('GET', path, null, headers);

    it('goes from an address to what the organization has, by a mail and a cookie', async () => {
      const ann = await issued(await cookieOfNew('ann@example.com', { name: 'Corner Coffee' }));
      const { status, json } = await get('/v1/wallets', ann);
      expect([status, json]).toEqual([200, { data: [], nextCursor: null }]);
      expect((await get('/v1/me/wallets', ann)).status).toBe(403);
    });

    it('lets somebody who buys see what is theirs, and nothing of organizations', async () => {
      const bea = await issued(await cookieOfNew('bea@example.com', null));
      expect((await get('/v1/me/wallets', bea)).status).toBe(200);
      expect((await get('/v1/wallets', bea)).status).toBe(401);
    });

    it('refuses a page of another origin', async () => {
      const signIn = { email: 'ann@example.com', password };
      expect((await post('sign-in', signIn, '', 'https://evil.example')).status).toBe(403);
    });
  });

  describe('joining an organization', () => {
    /** Somebody with an organization of their own. */
    async function newcomer(email: string, organization: string) {
      const cookie = await cookieOfNew(email, { name: organization });
      /** Lets them in as one of that organization; null: of none. */
      const tokenFor = async (organizationId: string | null): Promise<{ authorization: string }> => {
        expect((await post('switch-organization', { organizationId }, cookie)).status).toBeLessThan(300);
        return issued(cookie);
      };
      const { json } = await ask('GET', '/v1/auth/session', null, { cookie });
      return { tokenFor, orgId: json.activeOrganizationId as string, userId: json.id as string };
    }

    it('goes from an invitation by mail to a colleague, and on to the owner', async () => {
      const ann = await newcomer('ann@people.example', 'Corner Coffee');
      const bob = await newcomer('bob@people.example', 'Bob’s Books');
      const owner = await ann.tokenFor(ann.orgId);
      const body = { email: 'bob@people.example', role: 'admin' };
      const invited = await ask('POST', '/v1/team/invitations', body, owner);
      expect(invited.status).toBe(201);
      expect(await mailTo('bob@people.example')).toContain(invited.json.id);

      // At work nowhere for the moment: as a person.
      const person = await bob.tokenFor(null);
      const [waiting] = (await ask('GET', '/v1/me/invitations', null, person)).json.data;
      expect(waiting).toMatchObject({ id: invited.json.id, organization: { id: ann.orgId, name: 'Corner Coffee' } });
      expect((await ask('POST', `/v1/me/invitations/${waiting.id}/accept`, {}, person)).status).toBe(200);

      const admin = await bob.tokenFor(ann.orgId);
      const { data } = (await ask('GET', '/v1/team/members', null, admin)).json;
      expect(data).toMatchObject([
        { userId: bob.userId, role: 'admin' },
        { userId: ann.userId, role: 'owner' },
      ]);
      const passed = await ask('POST', `/v1/team/members/${data[0].id}/transfer-ownership`, {}, owner);
      expect(passed.json).toMatchObject({ userId: bob.userId, role: 'owner' });
      const leave = async (who: { authorization: string }) => ask('DELETE', '/v1/team/membership', null, who);
      expect((await leave(await bob.tokenFor(ann.orgId))).json.code).toBe('owner_stays');
      expect((await leave(owner)).status).toBe(200);
      const records = (await ask('GET', '/v1/audit-records', null, await bob.tokenFor(ann.orgId))).json.data;
      expect(records.map(({ action }: { action: string }) => action)).toEqual([
        ...['member.leave', 'organization.transfer', 'invitation.accept', 'invitation.create', 'organization.create'],
      ]);
    }, 120_000);
  });

  it('tells names, addresses, passwords and tokens to no log', async () => {
    const told = lines.join('\n');
    for (const operationId of ['signIn', 'acceptInvitation']) expect(told).toContain(`"operationId":"${operationId}"`);
    const addresses = ['ann@example.com', 'bea@example.com', 'ann@people.example', 'bob@people.example'];
    const secrets = [password, 'Somebody New', ...addresses, await tokenMailedTo('ann@example.com')];
    expect(secrets.every((secret) => secret !== '')).toBe(true);
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
  });
});
