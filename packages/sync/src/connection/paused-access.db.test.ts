import { showId } from '@tributary/core/ids';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVault, type Shop, type Vault } from '../credential/credential.fixture.ts';
import { type SilentProvider, simulateClover } from '../credential/providers.fixture.ts';
import { renew } from '../credential/renew.ts';
import { opened, pausedAtAnswer, processOf } from '../credential/renewal.fixture.ts';
import type { StoredCredential } from '../credential/stored-credential.ts';
import { claimDue } from '../run/claim-due.ts';
import { connect } from './connect.ts';
import { pauseConnection } from './pause-connection.ts';
import { resumeConnection } from './resume-connection.ts';

const minuteMs = 60_000;

describe('the access of a connection that is paused', () => {
  let vault: Vault;
  let provider: SilentProvider;
  let shop: Shop;
  let stored: StoredCredential;
  beforeAll(async () => {
    vault = await openVault();
  });
  beforeEach(async () => {
    provider = simulateClover(vault.clock, { recoverySeconds: -1 });
    ({ shop, stored } = await opened(vault, provider));
    await act(pauseConnection);
  });

  const act = (verb: typeof pauseConnection) =>
    withTenant({ database: vault.database.api, orgId: shop.orgId }, (tx) =>
      verb({ tx, actor: 'ann', now: vault.clock.now() }, { connectionId: showId('connection', shop.connectionId) }),
    );
  const look = () => vault.lookAt(shop.connectionId);
  const isDue = async () => {
    const asked = { now: vault.clock.now(), intervals: { clover: minuteMs }, atMost: 100 };
    const { due } = await claimDue(vault.database.system, asked);
    return due.some(({ connectionId }) => connectionId === shop.connectionId);
  };
  /** As somebody does who is sent to the provider once more. */
  async function authoriseAnew(): Promise<void> {
    const { orgId, accountRef, connectionId } = shop;
    await withSystem(vault.database.system, (tx) => connect(tx, { orgId, provider: provider.name, accountRef }));
    const { tokens } = await provider.authorize();
    await vault.attach(await vault.store({ orgId, provider: provider.name, tokens }), connectionId);
  }
  /** Another process has renewed it, and we did not hear of it. */
  async function refuse() {
    const late = pausedAtAnswer(vault, provider);
    const renewal = renew(late.process, stored);
    await late.answered;
    await vault.clock.advance(minuteMs);
    await vault.endLease(shop);
    expect(await renew(processOf(vault, provider), stored)).toMatchObject({ status: 'needs_reconnect' });
    return { late, renewal };
  }

  it('given anew does not resume it', async () => {
    await authoriseAnew();
    expect(await look()).toMatchObject({ status: 'paused', next_run_at: null });
    expect(await isDue()).toBe(false);
    expect(await act(resumeConnection)).toMatchObject({ status: 'active' });
    expect(await isDue()).toBe(true);
  });

  it('refused needs somebody to give it anew: it cannot be resumed before, and is paused still after', async () => {
    const { late, renewal } = await refuse();
    expect(await look()).toMatchObject({ status: 'needs_reconnect', next_run_at: null });
    await expect(act(resumeConnection)).rejects.toMatchObject({ code: 'conflict' });
    await authoriseAnew();
    expect(await look()).toMatchObject({ status: 'paused', next_run_at: null });
    expect(await isDue()).toBe(false);
    expect(await act(resumeConnection)).toMatchObject({ status: 'active', reason: null });
    expect(await isDue()).toBe(true);
    late.goOn();
    await renewal;
  });

  it('refused by mistake, and found to live after all, does not resume it either', async () => {
    const { late, renewal } = await refuse();
    late.goOn();
    expect(await renewal).toMatchObject({ status: 'active' });
    expect(await look()).toMatchObject({ status: 'paused', next_run_at: null });
    expect(await isDue()).toBe(false);
  });
});
