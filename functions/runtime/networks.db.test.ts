import type { Network } from '@tributary/providers/affiliate/network';
import { networks } from '@tributary/providers/affiliate/networks';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import { createNetreferSandbox, type NetreferSandbox } from '@tributary/sandbox/affiliate/netrefer/netrefer-sandbox';
import { createBudgets } from '@tributary/sync/budget/budgets';
import { testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAsking } from './asking.ts';
import { networkClients } from './networks.ts';

const now = () => new Date();
const simulators = 'http://127.0.0.1:4711';

describe('a network that credentials are traded at', () => {
  let sandbox: NetreferSandbox;
  let credentials: Record<string, string>;
  beforeEach(() => {
    sandbox = createNetreferSandbox();
    const { currency, ...typed } = sandbox.account;
    const place = { host: 'asr.operator.example.com', reportPath: sandbox.reportPath };
    credentials = { ...typed, ...place, timeZone: 'Europe/Malta', currency };
  });
  afterEach(() => vi.unstubAllEnvs());
  const netrefer = networks.netrefer as Network;
  /** Where all simulators are, each below its slug. */
  const simulated: typeof fetch = (input, init) => {
    const { origin, pathname, search } = new URL(String(input));
    expect([origin, pathname]).toEqual([simulators, expect.stringMatching(/^\/netrefer\//)]);
    return sandbox.fetch(`https://asr.operator.example.com${pathname.replace('/netrefer', '')}${search}`, init);
  };

  it.each([
    ['itself', null],
    ['its simulator', simulators],
  ])('asks %s for a token, and with it what the credentials open', async (_whom, simulatedUrl) => {
    const { system, ...database } = await testDatabase();
    const orgId = await createOrganization({ system, ...database });
    const { tokens, call } = createAsking({
      budgets: createBudgets({ system, limits: {}, clock: now }),
      guard: { clock: now, allowLoopback: true, fetch: simulatedUrl === null ? sandbox.fetch : simulated },
      simulatedUrl,
    });
    const traded = await tokens(netrefer, credentials);
    expect(JSON.parse(traded.refreshToken ?? '')).toEqual(credentials);
    expect(traded.accessToken).not.toContain(sandbox.account.password);
    const verified = await netrefer.verifyAuth(call(netrefer, traded.accessToken, orgId), credentials);
    expect(verified).toMatchObject({ accountRef: 'asr.operator.example.com:40012', currency: 'EUR' });
  });

  it.each([
    ['itself', 'production'],
    ['its simulator', simulators],
  ])('renews at %s, by trading again', async (_whom, environment) => {
    vi.stubEnv('AFFILIATE_ENVIRONMENT', environment);
    const fetched = environment === 'production' ? sandbox.fetch : simulated;
    const clients = networkClients(createGuardedCall({ fetch: fetched, allowLoopback: true }));
    const renewed = await clients.netrefer?.refresh({ refreshToken: JSON.stringify(credentials) });
    expect(JSON.parse(renewed?.accessToken ?? '')).toMatchObject({ accessToken: 'simulated-netrefer-token-1' });
    await expect(clients.awin?.refresh({ refreshToken: '{}' })).rejects.toThrow(/connected by key/);
  });
});
