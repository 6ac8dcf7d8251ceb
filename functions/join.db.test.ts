import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@tributary/local/stack';
import type { Stack } from '@tributary/local/stack-options';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const password = 'correct horse battery staple';

describe('joining an organization, on the whole stack', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-join-'));
  const lines: string[] = [];
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ dataDir, persistent: false, log: (line) => lines.push(line) });
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
  const mailTo = async (email: string): Promise<string> => {
    const { json } = await ask('GET', '/local/mails', null, {});
    return json.data.find(({ to }: { to: string }) => to === email)?.text ?? '';
  };

  /** Somebody who has signed up with an organization of their own, and signed in. */
  async function newcomer(email: string, organization: string) {
    const origin = stack.gatewayUrl;
    const auth = (path: string, body: object | null, cookie = '') =>
      ask('POST', `/v1/auth/${path}`, body, { origin, cookie });
    await auth('sign-up', { name: 'Somebody New', email, password, organization: { name: organization } });
    const [, token = ''] = /#token=(\S+)/.exec(await mailTo(email)) ?? [];
    await auth('verify-email', { token });
    const { cookie } = await auth('sign-in', { email, password });
    expect(cookie).not.toBe('');
    /** A token for that organization; null: for none. */
    const tokenFor = async (organizationId: string | null): Promise<{ authorization: string }> => {
      expect((await auth('switch-organization', { organizationId }, cookie)).status).toBeLessThan(300);
      return { authorization: `Bearer ${(await auth('token', null, cookie)).json.token}` };
    };
    const { json } = await ask('GET', '/v1/auth/session', null, { cookie });
    return { tokenFor, orgId: json.activeOrganizationId as string, userId: json.id as string };
  }

  it('goes from an invitation by mail to a colleague, and on to the owner', async () => {
    const [ann, bob] = [
      await newcomer('ann@people.example', 'Corner Coffee'),
      await newcomer('bob@people.example', 'Bob’s Books'),
    ];
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
    expect((await ask('DELETE', '/v1/team/membership', null, await bob.tokenFor(ann.orgId))).json.code).toBe(
      'owner_stays',
    );
    expect((await ask('DELETE', '/v1/team/membership', null, owner)).status).toBe(200);
    const records = (await ask('GET', '/v1/audit-records', null, await bob.tokenFor(ann.orgId))).json.data;
    expect(records.map(({ action }: { action: string }) => action)).toEqual([
      ...['member.leave', 'organization.transfer', 'invitation.accept', 'invitation.create', 'organization.create'],
    ]);
  }, 120_000);

  it('tells no address to a log', () => {
    const told = lines.join('\n');
    expect(told).toContain('"operationId":"acceptInvitation"');
    expect(told).not.toMatch(/(ann|bob)@people\.example|Somebody New/);
  });
});
