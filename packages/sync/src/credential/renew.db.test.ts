import type { OAuthClient } from '@tributary/core/token-set';
import type { Envelope } from '@tributary/credentials/envelope';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVault, type Shop, type Vault } from './credential.fixture.ts';
import { simulateClover, simulateXero, simulations } from './providers.fixture.ts';
import { renew } from './renew.ts';
import { eventsOf, opened, pausedAtAnswer, pausedAtQuestion, processOf } from './renewal.fixture.ts';
import type { StoredCredential } from './stored-credential.ts';

const minuteMs = 60_000;
const names = ['square', 'clover', 'xero'] as const;

describe('renewing a credential', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });
  beforeEach(() => {
    vault.reports.length = 0;
  });

  it.each(names)('of %s: the new pair is stored before anybody uses it, and works', async (name) => {
    const provider = simulations[name](vault.clock);
    const { shop, stored } = await opened(vault, provider);
    await vault.clock.advance(minuteMs);
    const renewed = await renew(processOf(vault, provider), stored);
    const row = await vault.look(shop);
    expect(renewed).toMatchObject({ version: 2, status: 'active', sealedAccessToken: row.sealed_access_token });
    expect(row).toMatchObject({ version: 2, refreshed_at: vault.clock.now(), lease: null, leased_until: null });
    expect(row.former_refresh_token === null).toBe(name === 'square');
    await processOf(vault, provider).withToken(shop, provider.use);
    expect(provider.renewals()).toBe(1);
  });

  describe('when the answer is lost', () => {
    it.each(names)('%s gives a pair to the next attempt', async (name) => {
      const provider = simulations[name](vault.clock);
      const { shop, stored } = await opened(vault, provider);
      provider.disturbRenewal('reset_after_commit');
      await expect(renew(processOf(vault, provider), stored)).rejects.toMatchObject({
        kind: 'unavailable',
        status: null,
      });
      const meanwhile = await vault.look(shop);
      expect(meanwhile).toMatchObject({ version: 1, status: 'active', lease: null, reason: 'renewal_unanswered' });
      await vault.clock.advance(29 * minuteMs);
      expect(await renew(processOf(vault, provider), stored)).toMatchObject({
        version: 2,
        status: 'active',
        reason: null,
      });
      await processOf(vault, provider).withToken(shop, provider.use);
      expect(eventsOf(vault)).toEqual(['WARN renewal_failed']);
    });

    it.each(names)('%s gives a pair to whoever takes over from a worker that died with it', async (name) => {
      const provider = simulations[name](vault.clock);
      const { shop, stored } = await opened(vault, provider);
      const { process, answered } = pausedAtAnswer(vault, provider);
      void renew(process, stored);
      await answered;
      await vault.endLease(shop);
      expect(await renew(processOf(vault, provider), stored)).toMatchObject({ version: 2, status: 'active' });
      await processOf(vault, provider).withToken(shop, provider.use);
    });

    it.each(['was lost', 'went to a worker that died'])(
      'a second failure does not make it forget that the first answer %s',
      async (how) => {
        const provider = simulateClover(vault.clock);
        const { shop, stored } = await opened(vault, provider);
        if (how === 'was lost') {
          provider.disturbRenewal('reset_after_commit');
          await expect(renew(processOf(vault, provider), stored)).rejects.toMatchObject({ kind: 'unavailable' });
        } else {
          const { process, answered } = pausedAtAnswer(vault, provider);
          void renew(process, stored);
          await answered;
          await vault.endLease(shop);
        }
        provider.disturbRenewal('rate_limited_seconds');
        await expect(renew(processOf(vault, provider), stored)).rejects.toMatchObject({ kind: 'rate_limited' });
        expect(await renew(processOf(vault, provider), stored)).toMatchObject({ version: 2, status: 'active' });
        await processOf(vault, provider).withToken(shop, provider.use);
      },
    );

    it.each([
      ['Xero after half an hour', simulateXero, 31 * minuteMs],
      ['Clover without a way back', (clock: Vault['clock']) => simulateClover(clock, { recoverySeconds: -1 }), 0],
    ])('%s gives none: one alert, and it is never asked again', async (_when, simulate, laterMs) => {
      const provider = simulate(vault.clock);
      const { shop, stored } = await opened(vault, provider);
      provider.disturbRenewal('reset_after_commit');
      await expect(renew(processOf(vault, provider), stored)).rejects.toMatchObject({ kind: 'unavailable' });
      await vault.clock.advance(laterMs);
      await Promise.all(Array.from({ length: 10 }, () => renew(processOf(vault, provider), stored)));
      const asked = provider.renewals();
      expect(await vault.look(shop)).toMatchObject({
        status: 'needs_reconnect',
        reason: 'refresh_refused',
        alerted_at: vault.clock.now(),
        lease: null,
      });
      expect(await vault.lookAt(shop.connectionId)).toMatchObject({ status: 'needs_reconnect', next_run_at: null });
      expect(eventsOf(vault)).toEqual(['WARN renewal_failed', 'ERROR needs_reconnect']);
      await vault.clock.advance(100 * minuteMs);
      const refusal = { reason: 'needs_reconnect' };
      for (let call = 0; call < 5; call += 1) {
        await expect(processOf(vault, provider).withToken(shop, provider.use)).rejects.toMatchObject(refusal);
        expect(await renew(processOf(vault, provider), stored)).toMatchObject({ status: 'needs_reconnect' });
      }
      expect(provider.renewals()).toBe(asked);
      expect(eventsOf(vault)).toHaveLength(2);
    });
  });

  describe('when something fails', () => {
    it.each(['server_error', 'bad_gateway', 'unavailable', 'rate_limited_date', 'malformed', 'html', 'empty'] as const)(
      'by %s, everything is as it was and the lease is free',
      async (fault) => {
        const provider = simulateXero(vault.clock);
        const { shop, stored } = await opened(vault, provider);
        const before = await vault.look(shop);
        provider.disturbRenewal(fault);
        await expect(renew(processOf(vault, provider), stored)).rejects.toMatchObject({ name: 'ProviderError' });
        expect({ ...(await vault.look(shop)), reason: null }).toEqual(before);
        expect(eventsOf(vault)).toEqual(['WARN renewal_failed']);
        expect(await renew(processOf(vault, provider), stored)).toMatchObject({ version: 2, status: 'active' });
      },
    );

    it('those who waited do not ask the provider in turn', async () => {
      const provider = simulateXero(vault.clock);
      const { stored } = await opened(vault, provider);
      provider.disturbRenewal('server_error');
      const first = pausedAtQuestion(vault, provider);
      const failing = expect(renew(first.process, stored)).rejects.toMatchObject({ kind: 'unavailable' });
      await first.asked;
      let waiting = 0;
      const pause = () => {
        waiting += 1;
        if (waiting === 10) first.goOn();
        return waiting <= 10 ? failing : new Promise<void>((passed) => setImmediate(passed));
      };
      const worker = processOf(vault, provider, { pause });
      const others = await Promise.allSettled(Array.from({ length: 10 }, () => renew(worker, stored)));
      await failing;
      expect(others.map((other) => other.status === 'rejected' && other.reason.code)).toEqual(
        Array(10).fill('unavailable'),
      );
      expect(provider.renewals()).toBe(1);
    });

    it('whoever waits gives up after 25 s, in growing pauses', async () => {
      const provider = simulateXero(vault.clock);
      const { stored } = await opened(vault, provider);
      const asking = pausedAtQuestion(vault, provider);
      const renewal = renew(asking.process, stored);
      await asking.asked;
      const pauses: number[] = [];
      const pause = async (milliseconds: number) => void pauses.push(milliseconds);
      await expect(renew(processOf(vault, provider, { pause }), stored)).rejects.toMatchObject({ code: 'unavailable' });
      expect(Math.round(pauses.reduce((sum, milliseconds) => sum + milliseconds, 0))).toBe(25_000);
      expect(pauses.length).toBeLessThan(70);
      expect(pauses[0]).toBeLessThan(26);
      expect(Math.max(...pauses)).toBeGreaterThan(500);
      asking.goOn();
      await renewal;
    });

    it('the key service being away before the question asks nobody', async () => {
      const provider = simulateClover(vault.clock);
      const { shop, stored } = await opened(vault, provider);
      const before = await vault.look(shop);
      vault.kms.disturb({ error: 'KMSInternalException' });
      await expect(renew(processOf(vault, provider), stored)).rejects.toMatchObject({ code: 'unavailable' });
      vault.kms.disturb({ times: 0 });
      expect(provider.renewals()).toBe(0);
      expect(await vault.look(shop)).toEqual(before);
    });

    it('a provider that nobody configured is our own fault, and costs no token', async () => {
      const { shop, stored } = await opened(vault, simulateXero(vault.clock));
      const before = await vault.look(shop);
      await expect(renew(vault.process({}), stored)).rejects.toMatchObject({ code: 'internal' });
      expect(await vault.look(shop)).toEqual(before);
    });

    it('without a refresh token a person is needed, and nobody is asked', async () => {
      const provider = simulateXero(vault.clock);
      const { tokens, accounts } = await provider.authorize();
      const shop = await vault.open({
        provider: 'xero',
        accountRef: accounts[0]?.accountRef ?? '',
        tokens: { ...tokens, refreshToken: null },
      });
      await vault.clock.advance(30 * minuteMs);
      const call = processOf(vault, provider).withToken(shop, provider.use);
      await expect(call).rejects.toMatchObject({ reason: 'needs_reconnect' });
      expect(provider.renewals()).toBe(0);
      expect(vault.reports).toMatchObject([{ event: 'needs_reconnect', reason: 'no_refresh_token', connections: 1 }]);
    });
  });

  it('goes back to the former token when the stored one died before its time', async () => {
    const provider = simulateXero(vault.clock);
    const { shop, stored } = await opened(vault, provider);
    const renewed = await renew(processOf(vault, provider), stored);
    const former = await formerOf(vault.envelope(), shop, renewed);
    const refused: string[] = [];
    const refresh: OAuthClient['refresh'] = (request) => {
      if (request.refreshToken !== former) refused.push(request.refreshToken);
      return request.refreshToken === former
        ? provider.oauth.refresh(request)
        : provider.oauth.refresh({ refreshToken: 'of nobody' });
    };
    const process = processOf(vault, provider, { refresh });
    expect(await renew(process, renewed)).toMatchObject({ version: 3, status: 'active' });
    expect(refused).toHaveLength(1);
  });

  const formerOf = (envelope: Envelope, { orgId, credentialId }: Shop, { formerRefreshToken }: StoredCredential) =>
    envelope.open({ orgId, connectionId: credentialId, field: 'former_refresh_token' }, formerRefreshToken);
});
