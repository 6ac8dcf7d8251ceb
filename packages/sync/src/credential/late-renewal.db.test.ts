import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVault, type Vault } from './credential.fixture.ts';
import { simulateClover, simulateXero, simulations } from './providers.fixture.ts';
import { renew } from './renew.ts';
import { eventsOf, opened, pausedAtAnswer, pausedAtQuestion, processOf, watchPauses } from './renewal.fixture.ts';

const minuteMs = 60_000;
const names = ['square', 'clover', 'xero'] as const;

describe('a worker that comes late, after its lease has passed to another', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });
  beforeEach(() => {
    vault.reports.length = 0;
  });

  it.each(names)('of %s: it overwrites nothing, and what was stored last works', async (name) => {
    const provider = simulations[name](vault.clock);
    const { shop, stored } = await opened(vault, provider);
    const late = pausedAtAnswer(vault, provider);
    const lateRenewal = renew(late.process, stored);
    await late.answered;
    await vault.endLease(shop);
    await renew(processOf(vault, provider), stored);
    const before = await vault.look(shop);
    late.goOn();
    expect(await lateRenewal).toMatchObject({ version: 2, sealedAccessToken: before.sealed_access_token });
    expect(await vault.look(shop)).toEqual(before);
    expect(eventsOf(vault)).toEqual(['WARN renewal_late']);
    await processOf(vault, provider).withToken(shop, provider.use);
    await vault.clock.advance(90 * minuteMs);
    await processOf(vault, provider).withToken(shop, provider.use);
  });

  it('its pair is stored when the other was refused: it is the one that lives', async () => {
    const provider = simulateClover(vault.clock, { recoverySeconds: -1 });
    const { shop, stored } = await opened(vault, provider);
    const late = pausedAtAnswer(vault, provider);
    const lateRenewal = renew(late.process, stored);
    await late.answered;
    await vault.clock.advance(minuteMs);
    await vault.endLease(shop);
    expect(await renew(processOf(vault, provider), stored)).toMatchObject({ status: 'needs_reconnect' });
    late.goOn();
    expect(await lateRenewal).toMatchObject({ status: 'active', version: 2, reason: null });
    expect(await vault.lookAt(shop.connectionId)).toMatchObject({ status: 'active', next_run_at: vault.clock.now() });
    expect(eventsOf(vault)).toEqual(['ERROR needs_reconnect', 'WARN renewal_rescued']);
    await vault.clock.advance(90 * minuteMs);
    await processOf(vault, provider).withToken(shop, provider.use);
  });

  it.each(['has renewed it', 'is still asking'])('a refusal that it got says nothing: the other %s', async (what) => {
    const provider = simulateXero(vault.clock);
    const { shop, stored } = await opened(vault, provider);
    const late = pausedAtQuestion(vault, provider, 'of nobody');
    const lateRenewal = renew(late.process, stored);
    await late.asked;
    await vault.endLease(shop);
    const other = pausedAtAnswer(vault, provider);
    const otherRenewal = renew(other.process, stored);
    await other.answered;
    if (what === 'has renewed it') {
      other.goOn();
      await otherRenewal;
    }
    late.goOn();
    if (what === 'is still asking') await late.waits;
    other.goOn();
    for (const renewal of [otherRenewal, lateRenewal])
      expect(await renewal).toMatchObject({ status: 'active', version: 2 });
    expect(eventsOf(vault)).toEqual([]);
    await processOf(vault, provider).withToken(shop, provider.use);
  });

  it.each([
    ['has got a pair, and whose pair it is then', 14 * 86_400, ['WARN renewal_late']],
    ['is refused, and its own pair is the one that lives', -1, ['ERROR needs_reconnect', 'WARN renewal_rescued']],
  ])('it waits for the other, which %s', async (_outcome, recoverySeconds, told) => {
    const provider = simulateClover(vault.clock, { recoverySeconds });
    const { shop, stored } = await opened(vault, provider);
    const { pause, waits } = watchPauses();
    const late = pausedAtAnswer(vault, provider, { pause });
    const lateRenewal = renew(late.process, stored);
    await late.answered;
    await vault.endLease(shop);
    const other = pausedAtQuestion(vault, provider);
    const otherRenewal = renew(other.process, stored);
    await other.asked;
    late.goOn();
    await waits;
    expect(await vault.look(shop)).toMatchObject({ version: 1 });
    other.goOn();
    await otherRenewal;
    expect(await lateRenewal).toMatchObject({ version: 2, status: 'active' });
    expect(eventsOf(vault)).toEqual(told);
    await processOf(vault, provider).withToken(shop, provider.use);
  });

  it('a credential that was erased meanwhile stays so', async () => {
    const provider = simulateXero(vault.clock);
    const { shop, stored } = await opened(vault, provider);
    const late = pausedAtAnswer(vault, provider);
    const lateRenewal = renew(late.process, stored);
    await late.answered;
    await vault.database.superuser.query(
      `update sync.credentials set status = 'erased', version = version + 1, lease = null, leased_until = null,
         sealed_access_token = null, sealed_refresh_token = null, former_refresh_token = null where id = $1`,
      [shop.credentialId],
    );
    late.goOn();
    expect(await lateRenewal).toMatchObject({ status: 'erased', sealedAccessToken: null });
  });
});
