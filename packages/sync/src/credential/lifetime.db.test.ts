import { ProviderError } from '@tributary/core/provider-error';
import { createRandom } from '@tributary/sandbox/kernel/random';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openVault, type Shop, type Vault } from './credential.fixture.ts';
import { findDue } from './find-due.ts';
import { type SimulatedProvider, simulateClover, simulateXero, simulations } from './providers.fixture.ts';
import { renewCredential } from './renew-credential.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

describe('the life of a connection', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });
  afterEach(async () => {
    await vault.database.superuser.query('update sync.connections set credential_id = null');
    await vault.database.superuser.query('delete from sync.credentials');
    vault.reports.length = 0;
  });

  async function opened(provider: SimulatedProvider): Promise<Shop> {
    const { tokens, accounts } = await provider.authorize();
    const { name, region } = provider;
    return vault.open({ provider: name, accountRef: accounts[0]?.accountRef ?? '', region, tokens });
  }
  const endOf = (days: number) => vault.clock.now().getTime() + days * dayMs;

  /** What the schedule and its queue do: a message that fails is tried again the next time. */
  async function runJob(provider: SimulatedProvider): Promise<void> {
    const { name, oauth } = provider;
    const now = vault.clock.now();
    const due = await findDue(vault.database.system, { now, renewal: { [name]: oauth.renewal }, atMost: 100 });
    for (const { kind, orgId, credentialId } of due) {
      expect(kind).toBe('renew');
      await renewCredential(vault.process({ [name]: oauth }), { orgId, credentialId }).catch(mayPass);
    }
  }

  /** Lets days pass, with the job every six hours. */
  async function pass(provider: SimulatedProvider, milliseconds: number): Promise<void> {
    for (let leftMs = milliseconds; leftMs > 0; leftMs -= 6 * hourMs) {
      await vault.clock.advance(Math.min(leftMs, 6 * hourMs));
      await runJob(provider);
    }
  }

  /** Uses the connection, tried again a minute later as a queue would. Answers how often the provider did not let us in. */
  async function use(provider: SimulatedProvider, shop: Shop): Promise<number> {
    let refused = 0;
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      const used = await vault
        .process({ [provider.name]: provider.oauth })
        .withToken(shop, (access) =>
          provider.use(access).catch((error: unknown) => {
            if (error instanceof ProviderError && error.kind === 'unauthorized') refused += 1;
            throw error;
          }),
        )
        .then(() => true, mayPass);
      if (used) return refused;
      await vault.clock.advance(60_000);
    }
    return expect.fail('It could not be used.');
  }

  it.each(['square', 'clover', 'xero'] as const)(
    'used every few hours or weeks for 120 days, %s never sees a token that has ended, though every third renewal goes wrong',
    async (name) => {
      const provider = simulations[name](vault.clock);
      const shop = await opened(provider);
      const random = createRandom(`120 days of ${name}`);
      const lastMs = endOf(120);
      let uses = 0;
      while (vault.clock.now().getTime() < lastMs) {
        const isBusyTime = random.below(10) > 0;
        await pass(provider, isBusyTime ? hourMs * (1 + random.below(36)) : dayMs * (1 + random.below(25)));
        if (random.below(3) === 0)
          provider.disturbRenewal(random.below(2) === 0 ? 'reset_after_commit' : 'server_error');
        expect(await use(provider, shop)).toBe(0);
        uses += 1;
        const { status, refreshed_at: refreshedAt } = await vault.look(shop);
        expect(status).toBe('active');
        const ageMs = vault.clock.now().getTime() - (refreshedAt as Date).getTime();
        expect(ageMs).toBeLessThan(name === 'square' ? 7 * dayMs : 60 * dayMs);
      }
      expect(uses).toBeGreaterThan(20);
      expect(provider.renewals()).toBeGreaterThan(15);
      expect(vault.reports.filter(({ level }) => level === 'ERROR')).toEqual([]);
    },
    120_000,
  );

  it.each([
    ['Xero, whose refresh tokens die after 60 idle days', simulateXero],
    [
      'Clover, with refresh tokens of 40 days',
      (clock: Vault['clock']) => simulateClover(clock, { refreshTokenSeconds: 40 * 86_400 }),
    ],
  ])(
    '%s: unused for 120 days it still opens, because of the job, and without the job it does not',
    async (_of, simulate) => {
      const kept = simulate(vault.clock);
      const shop = await opened(kept);
      await pass(kept, 59 * dayMs);
      expect((await vault.look(shop)).version).toBeGreaterThan(1);
      await pass(kept, 61 * dayMs);
      expect(await use(kept, shop)).toBe(0);

      const left = simulate(vault.clock);
      const idle = await opened(left);
      await vault.clock.advance(61 * dayMs);
      const call = vault.process({ [left.name]: left.oauth }).withToken(idle, left.use);
      await expect(call).rejects.toMatchObject({ reason: 'needs_reconnect' });
    },
    120_000,
  );

  it('a provider that renews nothing for more than eight days is told of once', async () => {
    const provider = simulations.square(vault.clock);
    const shop = await opened(provider);
    provider.disturbRenewal('server_error', 1000);
    await pass(provider, 10 * dayMs);
    const overdue = () => vault.reports.filter(({ event }) => event === 'renewal_overdue');
    expect(overdue()).toMatchObject([{ level: 'ERROR', credentialId: shop.credentialId, provider: 'square' }]);
    expect(await vault.look(shop)).toMatchObject({ status: 'active', version: 1 });
    expect(await use(provider, shop)).toBe(0);
  });

  it('word that comes twice, or of what needs a person, asks nobody', async () => {
    const provider = simulateXero(vault.clock);
    const shop = await opened(provider);
    const process = vault.process({ xero: provider.oauth });
    await vault.clock.advance(31 * dayMs);
    expect(await renewCredential(process, shop)).toBe('renewed');
    expect(await renewCredential(process, shop)).toBe('skipped');
    await vault.clock.advance(61 * dayMs);
    expect(await renewCredential(process, shop)).toBe('needs_reconnect');
    expect(await renewCredential(process, shop)).toBe('skipped');
    expect(provider.renewals()).toBe(2);
  });
});

function mayPass(error: unknown): false {
  if (error instanceof ProviderError && error.kind === 'unavailable') return false;
  throw error;
}
