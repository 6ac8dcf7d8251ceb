import { beforeEach, describe, expect } from 'vitest';
import { behaves, type Stage, setStage } from './xero.fixture.ts';

const day = 86_400_000;

let stage: Stage;
beforeEach(() => {
  stage = setStage();
});

const refresh = (refreshToken: string) => stage.token({ grant_type: 'refresh_token', refresh_token: refreshToken });
const outcome = async (response: Response) => [response.status, await response.json()];
const connections = (token: string, query = '') =>
  stage.ask(`/connections${query}`, { headers: { authorization: `Bearer ${token}` } });

describe('connections', () => {
  const remove = (id: string, token: string) =>
    stage.ask(`/connections/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  type Connection = { id: string; tenantId: string; createdDateUtc: string; updatedDateUtc: string };
  const held = async (token: string) => (await (await connections(token)).json()) as [Connection, ...Connection[]];

  behaves('connectionDelete', async () => {
    const { access_token } = await stage.connect();
    const [{ id, tenantId }] = await held(access_token);
    stage.xero.answerConsent({ userId: '11111111-1111-4111-8111-111111111111' });
    const other = await stage.connect();
    expect((await remove(id, other.access_token)).status).toBe(404);
    expect((await remove(id, access_token)).status).toBe(204);
    expect((await remove(id, access_token)).status).toBe(404);
    expect((await held(access_token)).map((connection) => connection.tenantId)).not.toContain(tenantId);
    expect((await stage.read('Contacts', access_token, tenantId)).status).toBe(403);
    expect((await stage.read('Contacts', other.access_token, tenantId)).status).toBe(200);
  });

  behaves('reconnect', async () => {
    const [before] = await held((await stage.connect()).access_token);
    stage.xero.disconnect(before.tenantId);
    await stage.clock.advance(day);
    const [after] = await held((await stage.connect()).access_token);
    expect([after.id, after.createdDateUtc]).toEqual([before.id, before.createdDateUtc]);
    expect([before.updatedDateUtc, after.updatedDateUtc]).toEqual([
      '2026-11-21T12:00:00.0000000',
      '2026-11-22T12:00:00.0000000',
    ]);
  });

  behaves('tenant403', async () => {
    const { access_token } = await stage.connect();
    const [{ tenantId }] = await held(access_token);
    stage.xero.disconnect(tenantId);
    for (const wrong of [tenantId, '00000000-0000-0000-0000-000000000000', '']) {
      const [status, body] = await outcome(await stage.read('Contacts', access_token, wrong));
      expect(status).toBe(403);
      expect(body).toMatchObject({ Title: 'Forbidden', Status: 403, Detail: 'AuthenticationUnsuccessful' });
    }
  });

  behaves('scope401', async () => {
    const { access_token } = await stage.connect('accounting.contacts');
    const [status, body] = await outcome(await stage.read('Invoices', access_token));
    expect([status, (body as { Detail: string }).Detail]).toEqual([401, 'AuthorizationUnsuccessful']);
  });

  behaves('noToken401', async () => {
    for (const path of ['/connections', '/api.xro/2.0/Contacts']) {
      const [status, body] = await outcome(await stage.ask(path, { headers: { authorization: 'Bearer never' } }));
      expect([status, (body as { Detail: string }).Detail]).toEqual([401, 'AuthenticationUnsuccessful']);
      expect((await stage.ask(path)).status).toBe(401);
    }
  });

  behaves('manyTenants', async () => {
    const [coffee, bakery] = stage.xero.organisations;
    stage.xero.answerConsent({ userId: '11111111-1111-4111-8111-111111111111', organisations: [bakery?.id ?? ''] });
    const { access_token: bakers } = await stage.connect();
    stage.xero.answerConsent({
      userId: '22222222-2222-4222-8222-222222222222',
      organisations: [coffee?.id ?? '', bakery?.id ?? ''],
    });
    const { access_token: owners } = await stage.connect();
    const statuses = [];
    for (const token of [bakers, owners])
      for (const tenant of [coffee, bakery]) statuses.push((await stage.read('Contacts', token, tenant?.id)).status);
    expect(statuses).toEqual([403, 200, 200, 200]);
  });

  behaves('disconnectKeepsTokens', async () => {
    const { refresh_token } = await stage.connect();
    for (const { id } of stage.xero.organisations) stage.xero.disconnect(id);
    expect((await refresh(refresh_token)).status).toBe(200);
  });
});
