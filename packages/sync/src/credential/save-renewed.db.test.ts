import type { OAuthClient } from '@tributary/core/token-set';
import type { Database } from '@tributary/db/connection';
import { beforeAll, describe, expect, it } from 'vitest';
import { openVault, type Vault } from './credential.fixture.ts';
import { intercept } from './intercept.fixture.ts';
import { simulateClover } from './providers.fixture.ts';
import { renew } from './renew.ts';
import { eventsOf, opened, processOf } from './renewal.fixture.ts';

describe('a new pair is not lost', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });

  it('when the key service is away after the answer: the key is at hand', async () => {
    const provider = simulateClover(vault.clock);
    const { shop, stored } = await opened(vault, provider);
    const refresh: OAuthClient['refresh'] = async (request) => {
      const tokens = await provider.oauth.refresh(request);
      vault.kms.disturb({ error: 'KMSInternalException' });
      return tokens;
    };
    const renewed = await renew(processOf(vault, provider, { refresh }), stored);
    vault.kms.disturb({ times: 0 });
    expect(renewed).toMatchObject({ version: 2 });
    await processOf(vault, provider).withToken(shop, provider.use);
  });

  it.each(['before', 'after'] as const)('when the database breaks off %s each COMMIT', async (when) => {
    const provider = simulateClover(vault.clock, { recoverySeconds: -1 });
    const { shop, stored } = await opened(vault, provider);
    let isAnswered = false;
    const refresh: OAuthClient['refresh'] = async (request) => {
      const tokens = await provider.oauth.refresh(request);
      isAnswered = true;
      return tokens;
    };
    let failures = 3;
    const worker = breaking(vault.database.worker, when, () => isAnswered && failures-- > 0);
    const pause = async () => undefined;
    const process = processOf(vault, provider, { refresh, worker, pause });
    expect(await renew(process, stored)).toMatchObject({ version: 2, status: 'active' });
    expect(failures).toBeLessThan(when === 'before' ? 1 : 3);
    expect(await vault.look(shop)).toMatchObject({ version: 2, lease: null });
    expect(eventsOf(vault)).toEqual([]);
    await processOf(vault, provider).withToken(shop, provider.use);
  });
});

/** A database whose connection breaks before or after a COMMIT arrives, whenever `isBreaking` says so. */
function breaking(database: Database, when: 'before' | 'after', isBreaking: () => boolean): Database {
  return intercept(database, async (statement, run) => {
    if (statement !== 'commit' || !isBreaking()) return run();
    if (when === 'after') await run();
    throw new Error('Connection terminated unexpectedly');
  });
}
