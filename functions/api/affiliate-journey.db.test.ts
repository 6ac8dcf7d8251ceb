import { randomInt } from 'node:crypto';
import { seedBrands } from '@tributary/affiliate/brand/seed-brands';
import { loadRates } from '@tributary/affiliate/rate/load-rates';
import { rollUp } from '@tributary/affiliate/rollup/roll-up';
import { readId } from '@tributary/core/ids';
import { brandsOf } from '@tributary/providers/affiliate/brands';
import { networkAddress } from '@tributary/providers/affiliate/credentials';
import { brands, networks } from '@tributary/providers/affiliate/networks';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import type { AwinSandbox } from '@tributary/sandbox/affiliate/awin/awin-sandbox';
import { createBudgets } from '@tributary/sync/budget/budgets';
import { createAccessTokens } from '@tributary/sync/credential/access-tokens';
import { type RunOutcome, runConnection } from '@tributary/sync/run/run-connection';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { days } from '../runtime/days.ts';
import { networkClients, networkLimits } from '../runtime/networks.ts';
import { createProviderCalls } from '../runtime/provider-calls.ts';
import { type Api, type Caller, startApi } from './test/api.ts';
import { awinToken } from './test/connecting.ts';

const dayMs = 86_400_000;

describe('an affiliate programme', () => {
  const publisherId = randomInt(1, 1e9);
  let api: Api;
  let owner: Caller;
  let awin: AwinSandbox;
  let connectionId: string;
  const now = () => api.connecting.clock.now();
  const dayAgo = (count: number) => new Date(now().getTime() - count * dayMs);
  const textOf = (at: Date) => at.toISOString().slice(0, 10);

  beforeAll(async () => {
    vi.stubEnv('AFFILIATE_ENVIRONMENT', 'production');
    api = await startApi();
    await seedBrands(api.database.system, brandsOf(brands));
    const day = textOf(dayAgo(5));
    const rates = [
      { day, currency: 'USD', rate: '1.2' },
      { day, currency: 'GBP', rate: '0.8' },
    ];
    await loadRates(api.database.system, rates, now());
    owner = { orgId: await createOrganization(api.database), role: 'owner' };
    awin = api.connecting.awin(publisherId);
  });

  /** As queues/sync.ts runs it, but for the address of the network. */
  async function sync(): Promise<RunOutcome> {
    const { database, connecting } = api;
    const { worker, system } = database;
    const guardedCall = createGuardedCall({ fetch: awin.fetch, clock: now });
    const { awin: network } = networks;
    if (network === undefined) expect.fail('there is no Awin');
    const tokens = createAccessTokens({
      ...{ worker, clock: now, envelope: connecting.dependencies.envelope, report: () => undefined },
      oauth: networkClients(guardedCall),
    });
    const apis = { awin: { apiUrl: () => '', addressOf: networkAddress(network), budgetsIn: () => [] } };
    const budgets = createBudgets({ system, limits: networkLimits, clock: now });
    const callOf = createProviderCalls({ apis, tokens, budgets, guardedCall, clock: now });
    const dependencies = {
      ...{ worker, clock: now, days, sources: {}, backfillMs: {}, applyFacts: async () => 0, mayGoOn: () => true },
      callOf: (connection: Parameters<typeof callOf>[0]) => callOf(connection, 'walk'),
      report: ({ error }: { error: unknown }) => expect.fail(String(error)),
    };
    return runConnection(dependencies, {
      orgId: owner.orgId,
      connectionId: readId('connection', connectionId),
      trigger: 'schedule',
    });
  }
  const recompute = () =>
    rollUp({
      worker: api.database.worker,
      system: api.database.system,
      mayGoOn: () => true,
      report: ({ error }) => expect.fail(String(error)),
    });
  const period = () => `from=${textOf(dayAgo(6))}&to=${textOf(now())}`;
  const totals = async () => (await api.get(owner, `/v1/affiliate/totals?${period()}`)).json;
  const sale = (id: string, ago: number, commission: number) =>
    awin.book.add({
      ...{ id, at: dayAgo(ago), advertiserId: 7, status: 'approved', sale: commission * 10, commission },
      ...{ campaign: 'newsletter', clickRef: 'sub-1', isPaid: false },
    });

  it('is connected once, and its days arrive', async () => {
    sale('one', 3, 10);
    sale('two', 3, 2.5);
    sale('three', 200, 4);
    const credentials = { accessToken: awinToken(publisherId), publisherId: String(publisherId) };
    const stated = { timeZone: 'UTC', currency: 'GBP' };
    const path = '/v1/connect/networks/awin/accounts';
    const connected = await api.post(owner, path, { credentials: { ...credentials, ...stated } });
    connectionId = connected.json.connection.id;
    expect(await sync()).toBe('success');
    await recompute();
    // The organization counts in dollars: 12.50 GBP at 1.2 / 0.8.
    expect(await totals()).toMatchObject({ currency: 'USD', figures: { ftdCount: 2, commissionMinor: 1875 } });
  });

  it('that is read again changes nothing', async () => {
    const written = async () =>
      (
        await api.database.superuser.query(
          `select md5(string_agg(s::text, ',' order by s::text)) as hash, max(xmin::text::bigint) as newest
           from affiliate.stats_daily s where org_id = $1`,
          [owner.orgId],
        )
      ).rows;
    const before = await written();
    expect(await sync()).toBe('success');
    expect(await written()).toEqual(before);
    expect(await recompute()).toMatchObject({ days: 0 });
  });

  it('A38 shows what the network restated', async () => {
    awin.book.change('two', { status: 'declined' });
    expect(await sync()).toBe('success');
    await recompute();
    expect(await totals()).toMatchObject({ figures: { ftdCount: 1, commissionMinor: 1500 } });
    const { rows } = await api.database.superuser.query(
      'select metric, old_value, new_value from affiliate.stat_changes where org_id = $1 order by metric',
      [owner.orgId],
    );
    expect(rows).toMatchObject([
      { metric: 'commission_minor', old_value: '1250', new_value: '1000' },
      { metric: 'deposits_minor' },
      { metric: 'ftd_count', old_value: '2', new_value: '1' },
    ]);
  });
});
