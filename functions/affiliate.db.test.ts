import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlesFrom } from '@tributary/local/bundle-server';
import { type Place, startPlace } from '@tributary/local/simulators';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

/** As `dev` starts it: the bundles that would be deployed, and all networks at one address. Dub is left out, whose year takes minutes. */
describe('from a key to the figures of a year', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-affiliate-'));
  let place: Place;
  let orgId: string;

  beforeAll(async () => {
    const bundle = () => bundlesFrom(inject('bundlesUrl'));
    place = await startPlace({ dataDir, bundle, persistent: false, batchWindowSeconds: 0, log: () => undefined });
    const shop = { organization: { name: 'Links and Co' }, provider: 'square', accountRef: 'by hand' };
    orgId = ((await place.stack.invoke('opsConnect', shop)) as { orgId: string }).orgId;
    await place.stack.invoke('opsPlan', { orgId, plan: 'pro', actor: 'test' });
  }, 180_000);
  afterAll(async () => {
    await place?.stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function call(method: 'GET' | 'POST', path: string, body?: object) {
    const headers = {
      authorization: `Bearer ${await place.stack.token(orgId, 'owner')}`,
      'content-type': 'application/json',
      ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
    };
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${place.stack.gatewayUrl}${path}`, request);
    // biome-ignore lint/suspicious/noExplicitAny: whatever the API says
    return { status: response.status, json: (await response.json()) as any };
  }
  const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  const totals = async (brand: string) => {
    const path = `/v1/affiliate/totals?from=${dayAgo(35)}&to=${dayAgo(1)}&brand=${brand}`;
    return (await call('GET', path)).json.figures;
  };

  it('exchange rates are loaded from the bank’s simulator', async () => {
    const { loaded } = (await place.stack.invoke('cronsRates', {})) as { loaded: number };
    expect(loaded).toBeGreaterThan(20_000);
  });

  it.each(['awin', 'everflow', 'impact', 'netrefer', 'post-affiliate-pro'] as const)(
    '%s is connected, read and added up',
    async (slug) => {
      const credentials = place.simulators.networks.credentials[slug];
      const connected = await call('POST', `/v1/connect/networks/${slug}/accounts`, { credentials });
      expect(connected.status).toBe(200);
      const { connection, account } = connected.json;
      await place.stack.drained();
      const { json } = await call('GET', `/v1/connections/${connection.id}/runs`);
      expect(json.data).toMatchObject([{ trigger: 'connect', status: 'success', reason: null }]);
      await place.stack.invoke('cronsRollUp', {});
      await place.stack.drained();
      expect(await totals(slug)).toMatchObject({ commissionMinor: expect.any(Number), unconverted: 0 });
      expect((await totals(slug)).commissionMinor).toBeGreaterThan(100_000);
      expect((await call('GET', `/v1/affiliate/accounts/${account.connectionId}`)).json).toEqual(account);
    },
  );

  it('a wrong key opens nothing', async () => {
    const credentials = { ...place.simulators.networks.credentials.everflow, apiKey: 'another-key-than-its-own' };
    const refused = await call('POST', '/v1/connect/networks/everflow/accounts', { credentials });
    expect([refused.status, refused.json.code]).toEqual([409, 'credentials_refused']);
  });
});
