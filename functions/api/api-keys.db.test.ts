import { randomUUID } from 'node:crypto';
import { keyTrace, readApiKey, secretAlphabet, writeApiKey } from '@tributary/core/api-key';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Caller, startApi } from './test/api.ts';
import { call, caseOf, type Ids, idsOf } from './test/cases.ts';
import { anonymous, callerWithKey, makeKey } from './test/keys.ts';
import { createMerchant, type Merchant } from './test/merchant.ts';
import { subjectWith } from './test/people.ts';

const second = 1_000;

let api: Api;
let ours: Merchant;
let ourIds: Ids;
beforeAll(async () => {
  api = await startApi();
  ours = await createMerchant(api.database);
  ourIds = await idsOf(api, ours);
});
afterEach(() => {
  api.keys.now = Date.now;
});

const make = (body: object = {}, { orgId, role }: Caller = ours) =>
  makeKey(api, { orgId, ...(role && { role }) }, body);
const ownerOf = ({ orgId }: Merchant) => subjectWith(api.database, orgId, 'owner');
const withKey = (body: object = {}) => callerWithKey(api, ours, body);

describe('an API key', () => {
  it('acts in its role and is narrowed to its scopes: GET /v1/me says so, and asks the database once in 30 s', async () => {
    const caller = await withKey({ role: 'operator', scopes: ['loyalty:read'] });
    const looks = api.keys.looks;
    const at = Date.now();
    api.keys.now = () => at;
    for (const _ of [1, 2, 3]) {
      expect((await api.get(caller, '/v1/me')).json).toEqual({
        kind: 'api_key',
        subject: caller.id,
        organizationId: expect.stringMatching(/^org_/),
        role: 'operator',
        scopes: ['loyalty:read', 'self:read'],
      });
    }
    expect(api.keys.looks - looks).toBe(1);
    const me = (await api.get({ orgId: ours.orgId, role: 'viewer' }, '/v1/me')).json;
    expect(me).toMatchObject({ kind: 'member', subject: 'the-viewer', role: 'viewer', scopes: null });
  });

  it('is told when it is made, and in no list or record after that', async () => {
    const { apiKey, id } = await withKey();
    const { secret } = readApiKey('test', apiKey) as { secret: string };
    const paths = ['/v1/api-keys?limit=100', `/v1/audit-records?targetId=${id}`];
    for (const path of paths) {
      const { status, text } = await api.get(ours, path);
      expect([status, text.includes(id), text.includes(secret)]).toEqual([200, true, false]);
    }
    const listed = (await api.get(ours, paths[0] as string)).json.data[0];
    expect(listed).toMatchObject({ id, prefix: apiKey.slice(0, 35), createdBy: await ownerOf(ours), lastUsedAt: null });
    expect(JSON.stringify(api.lines)).not.toMatch(keyTrace);
  });

  it('is told once also to who sends the request again: two requests are two keys, and no answer is kept', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const body = { name: 'twice', role: 'viewer', scopes: ['loyalty:read'] };
    const owner = { ...ours, subject: await ownerOf(ours) };
    const [first, again] = [
      await api.post(owner, '/v1/api-keys', body, headers),
      await api.post(owner, '/v1/api-keys', body, headers),
    ];
    expect([first.status, again.status, first.json.key === again.json.key]).toEqual([201, 201, false]);
    const { rows } = await api.database.superuser.query(
      `select 1 from identity.idempotency_keys where key = $1 or response ~ 'trb_(live|test)_'`,
      [headers['idempotency-key']],
    );
    expect(rows).toEqual([]);
  });

  it.each([
    ['a scope that no route asks for', { scopes: ['loyalty:destroy'] }, 'scopes.0'],
    ['the scope that makes keys', { scopes: ['api-keys:write'] }, 'scopes.0'],
    ['the scope that decides on members', { scopes: ['members:write'] }, 'scopes.0'],
    ['the scope that every key has', { scopes: ['self:read'] }, 'scopes.0'],
    ['no scope', { scopes: [] }, 'scopes'],
    ['a role that is none', { role: 'root' }, 'role'],
    ['more than a year', { expiresAt: '2999-01-01T00:00:00Z' }, 'expiresAt'],
    ['a field more', { orgId: randomUUID() }, ''],
  ])('is not made with %s', async (_what, body, path) => {
    const { status, json } = await make(body);
    expect([status, json.code, json.issues?.[0]?.path]).toEqual([422, 'validation_failed', path]);
  });

  it('is not made by an admin to be an owner', async () => {
    const { status, json } = await make({ role: 'owner' }, { orgId: ours.orgId, role: 'admin' });
    expect([status, json.code]).toEqual([403, 'forbidden']);
  });

  it('is refused like no credential at all when it is wrong, whatever is wrong', async () => {
    const { apiKey, orgId } = await withKey();
    const { id, secret } = readApiKey('test', apiKey) as { id: string; secret: string };
    const expired = await withKey({ expiresAt: new Date(Date.now() + 60 * second).toISOString() });
    const other = secret.replace(/^./, (first) => (first === 'a' ? 'b' : 'a'));
    const wrong = {
      secret: writeApiKey('test', { id, secret: other }),
      id: writeApiKey('test', { id: randomUUID(), secret }),
      environment: writeApiKey('live', { id, secret }),
      checksum: apiKey.replace(/.$/, (last) => secretAlphabet.charAt((secretAlphabet.indexOf(last) + 1) % 62)),
      end: expired.apiKey,
      all: 'trb_test_x',
    };
    api.keys.now = () => Date.now() + 61 * second;
    const refused = anonymous(await api.get({ orgId, apiKey: 'x' }, '/v1/me'));
    expect(refused.status).toBe(401);
    for (const [what, credential] of Object.entries(wrong)) {
      expect([what, anonymous(await api.get({ orgId, apiKey: credential }, '/v1/me'))]).toEqual([what, refused]);
    }
    expect((await api.get({ orgId, apiKey }, '/v1/me')).status).toBe(200);
  });

  it('is refused in a URL, with 400 whoever asks', async () => {
    const caller = await withKey();
    for (const path of [`/v1/me?x=${caller.apiKey}`, `/v1/wallets/${caller.apiKey}`, `/v1/me?key=${caller.apiKey}`]) {
      for (const who of [caller, { orgId: ours.orgId }, { orgId: ours.orgId, apiKey: 'x' }]) {
        const { status, json, text } = await api.get(who, path);
        expect([status, json.code]).toEqual([400, 'bad_request']);
        expect(text).not.toMatch(keyTrace);
      }
    }
  });

  it('that is revoked is refused within 60 s, by an instance that knew it too', async () => {
    const caller = await withKey();
    const start = Date.now();
    const statusAfter = async (seconds: number) => {
      api.keys.now = () => start + seconds * second;
      return (await api.get(caller, '/v1/me')).status;
    };
    expect(await statusAfter(0)).toBe(200);
    expect((await api.delete(ours, `/v1/api-keys/${caller.id}`)).json.revokedAt).not.toBeNull();
    let lastedSeconds = 0;
    while (lastedSeconds < 120 && (await statusAfter(lastedSeconds)) === 200) lastedSeconds += 1;
    console.info(
      `a revoked API key is refused after ${lastedSeconds} s, by an instance that used it when it was revoked`,
    );
    expect(lastedSeconds).toBeLessThanOrEqual(60);
    expect(await statusAfter(3_600)).toBe(401);
  });

  it('S3-111 that is used once a second for ten minutes is written ten times', async () => {
    const caller = await withKey();
    const start = Date.now();
    const [looks, used] = [api.keys.looks, new Set<string>()];
    for (let seconds = 0; seconds < 600; seconds += 1) {
      api.keys.now = () => start + seconds * second;
      expect((await api.get(caller, '/v1/me')).status).toBe(200);
      if (seconds % 20 > 0) continue;
      const { rows } = await api.database.superuser.query(
        'select last_used_at from identity.api_keys where org_id = $1 order by id desc limit 1',
        [ours.orgId],
      );
      used.add(rows[0].last_used_at.toISOString());
    }
    console.info(`600 requests in ten minutes: ${api.keys.looks - looks} look-ups, ${used.size} writes of last use`);
    expect([api.keys.looks - looks, used.size]).toEqual([20, 10]);
  });

  it('cannot make or end keys, nor decide on members, whatever it was given', async () => {
    const caller = await withKey();
    for (const operationId of ['createApiKey', 'revokeApiKey', 'transferOwnership', 'removeMember']) {
      expect((await call(api, caller, caseOf(operationId), ourIds)).status).toBe(403);
    }
  });

  it('signs what it does', async () => {
    const caller = await withKey();
    const path = `/v1/wallets/${ourIds.walletId}/adjustments`;
    const { status, json } = await api.post(caller, path, { points: 1, reason: 'sorry' });
    expect([status, json.actor]).toEqual([201, caller.id]);
    const { data } = (await api.get(ours, `/v1/audit-records?actor=${caller.id}`)).json;
    expect(data).toMatchObject([{ action: 'wallet.adjust', actor: caller.id }]);
  });
});
