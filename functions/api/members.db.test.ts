import { memberRole } from '@tributary/core/role';
import { createApp } from '@tributary/http/app';
import { consumerAuthenticator } from '@tributary/http/authenticate';
import type { LogLine } from '@tributary/http/log';
import { pathParameters } from '@tributary/http/registry';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { access } from './access.ts';
import { routes } from './invited.ts';
import { type Answer, type Api, answerOf, audience, callingFrom, cursorKey, issuerName, startApi } from './test/api.ts';
import { createUser, employ, subjectWith, type User } from './test/people.ts';

const withId = routes.filter(({ path }) => pathParameters(path).length > 0).map(({ path }) => path);
const paths = routes.map(({ method, path }): [typeof method, string] => [method, path]);
const at = (path: string, invitationId: string) => path.replace('{invitationId}', invitationId);

/** An answer but for what names the request. */
function anonymous({ status, headers, text, json }: Answer) {
  const { 'x-request-id': requestId = '', ...others } = headers;
  expect(json.requestId).toBe(requestId);
  return { status, headers: others, text: text.replace(requestId, '') };
}

describe('people who work somewhere', () => {
  let api: Api;
  let app: ReturnType<typeof createApp>;
  const lines: LogLine[] = [];
  beforeAll(async () => {
    api = await startApi();
    app = createApp({
      title: 'invited',
      routes,
      access: access.invited,
      authenticate: consumerAuthenticator({ issuer: issuerName, audience, jwksUrl: api.jwksUrl }),
      deps: { database: api.database.identity, cursorKey },
      log: (line) => lines.push(line),
    });
  });

  /** As somebody who is at work nowhere for the moment. */
  async function ask(token: string | User, method: string, path: string): Promise<Answer> {
    const authorization = `Bearer ${typeof token === 'string' ? token : await tokenOf(token)}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const init = method === 'GET' ? { headers } : { method, headers, body: '{}' };
    return answerOf(await app.request(path, init, { client: callingFrom }));
  }
  const tokenOf = ({ subject, email }: User) => api.mintConsumer({ subject, email });

  async function office() {
    const orgId = await createOrganization(api.database);
    const owner = { orgId, subject: await subjectWith(api.database, orgId, 'owner') };
    const invite = (email: string, role = 'analyst') => api.post(owner, '/v1/team/invitations', { email, role }, {});
    return { orgId, owner, invite };
  }
  const roleOf = async (orgId: string, { id }: User) =>
    (
      await api.database.superuser.query('select role from identity.members where org_id = $1 and user_id = $2', [
        orgId,
        id,
      ])
    ).rows[0]?.role ?? null;

  it('are asked by a mail, which names the invitation and nothing secret, and join by answering', async () => {
    const { orgId, owner, invite } = await office();
    const user = await createUser(api.database);
    const { status, json: invitation } = await invite(user.email);
    expect(status).toBe(201);
    const { id, organization } = (await ask(user, 'GET', '/v1/me/invitations')).json.data[0];
    expect(api.mails.at(-1)).toEqual({
      kind: 'invitation',
      to: user.email,
      invitationId: invitation.id,
      organization: organization.name,
    });
    expect((await api.get(owner, '/v1/team/invitations')).json.data).toEqual([invitation]);
    const accepted = await ask(user, 'POST', `/v1/me/invitations/${id}/accept`);
    expect([accepted.status, accepted.json]).toMatchObject([200, { id, organization, role: 'analyst' }]);
    expect(await roleOf(orgId, user)).toBe('analyst');
    const { data } = (await api.get(owner, '/v1/team/members')).json;
    expect(data[0]).toMatchObject({ userId: user.subject, email: user.email, role: 'analyst' });
    expect((await api.get(owner, '/v1/team/invitations')).json.data).toEqual([]);
    const records = (await api.get(owner, `/v1/audit-records?targetId=${id}`)).json.data;
    expect(records).toMatchObject([
      { action: 'invitation.accept', actor: user.subject },
      { action: 'invitation.create', actor: owner.subject },
    ]);
  });

  it('say no, and are not asked again by the same invitation', async () => {
    const { orgId, invite } = await office();
    const user = await createUser(api.database);
    const { id } = (await invite(user.email)).json;
    expect((await ask(user, 'POST', `/v1/me/invitations/${id}/reject`)).status).toBe(200);
    expect((await ask(user, 'POST', `/v1/me/invitations/${id}/accept`)).json.code).toBe('not_found');
    expect(await roleOf(orgId, user)).toBeNull();
  });

  it.each(withId)('%s: an invitation of others answers as one that does not exist, byte for byte', async (path) => {
    const { invite } = await office();
    const [invited, other] = [await createUser(api.database), await createUser(api.database)];
    const { id } = (await invite(invited.email)).json;
    const nothing = anonymous(await ask(other, 'POST', at(path, 'inv_01kb7m2q8r5s6t7v8w9x0y1z2b')));
    expect(nothing.status).toBe(404);
    for (const named of [id, id.toUpperCase(), other.subject, 'x', 'x'.repeat(100)]) {
      expect(anonymous(await ask(other, 'POST', at(path, named)))).toEqual(nothing);
    }
    // What the token says of an address does not make it theirs.
    const claiming = await api.mintConsumer({ subject: other.subject, email: invited.email });
    expect(anonymous(await ask(claiming, 'POST', at(path, id)))).toEqual(nothing);
    expect((await ask(claiming, 'GET', '/v1/me/invitations')).json.data).toEqual([]);
    expect((await ask(invited, 'POST', at(path, id))).status).toBe(200);
  });

  it.each(paths)('%s %s: is closed to members, whatever their role, and to nobody', async (method, path) => {
    const { orgId } = await office();
    for (const role of memberRole.options) {
      const { status, json } = await ask(await api.mint({ orgId, role }), method, at(path, 'x'));
      expect([role, status, json.code]).toEqual([role, 403, 'forbidden']);
    }
    expect((await ask('x', method, at(path, 'x'))).json.code).toBe('unauthenticated');
  });

  it('cannot do by an API key what people decide on people', async () => {
    const { orgId, owner } = await office();
    const body = { name: 'till', role: 'owner', scopes: ['members:read'] };
    const { key } = (await api.post(owner, '/v1/api-keys', body, {})).json;
    const memberId = await employ(api.database, orgId, 'viewer');
    const caller = { orgId, apiKey: key };
    expect((await api.get(caller, '/v1/team/members')).json.data).toHaveLength(2);
    expect((await api.delete(caller, `/v1/team/members/${memberId}`)).json.code).toBe('forbidden');
    const wider = await api.post(owner, '/v1/api-keys', { ...body, scopes: ['members:write'] }, {});
    expect(wider.json.code).toBe('validation_failed');
  });

  it('keep what a token of five minutes ago says from counting', async () => {
    const { orgId, owner } = await office();
    const memberId = await employ(api.database, orgId, 'viewer');
    const admin = { orgId, role: 'admin' as const, subject: await subjectWith(api.database, orgId, 'admin') };
    const { data } = (await api.get(owner, '/v1/team/members')).json;
    const own = data.find(({ userId }: { userId: string }) => userId === admin.subject);
    const newKey = { name: 'till', role: 'viewer', scopes: ['loyalty:read'] };
    expect((await api.post(admin, '/v1/api-keys', newKey, {})).status).toBe(201);
    await api.put(owner, `/v1/team/members/${own.id}/role`, { role: 'viewer' });
    expect((await api.post(admin, '/v1/api-keys', newKey, {})).json.code).toBe('forbidden');
    expect((await api.delete(admin, `/v1/team/members/${memberId}`)).json.code).toBe('forbidden');
    await api.delete(owner, `/v1/team/members/${own.id}`);
    expect((await api.delete(admin, '/v1/team/membership')).json.code).toBe('forbidden');
  });

  it('are named in no log', () => {
    const text = JSON.stringify([...lines, ...api.lines]);
    expect(lines.length).toBeGreaterThan(10);
    expect(text).not.toMatch(/@|Somebody/);
    expect([...lines, ...api.lines].filter(({ status }) => status >= 500)).toEqual([]);
  });
});
