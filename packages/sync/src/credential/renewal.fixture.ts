import type { OAuthClient } from '@tributary/core/token-set';
import type { Shop, Vault } from './credential.fixture.ts';
import type { SimulatedProvider } from './providers.fixture.ts';
import type { RenewalDependencies } from './renewal-dependencies.ts';
import { readCredential, type StoredCredential } from './stored-credential.ts';

/** A connection of the provider's first account, just authorised. */
export async function opened(
  vault: Vault,
  provider: SimulatedProvider,
): Promise<{ shop: Shop; stored: StoredCredential }> {
  const { tokens, accounts } = await provider.authorize();
  const { name, region } = provider;
  const shop = await vault.open({ provider: name, accountRef: accounts[0]?.accountRef ?? '', region, tokens });
  return { shop, stored: (await readCredential(vault.database.worker, shop)) as StoredCredential };
}

/** A process that renews with the provider's client, or as `refresh` does. */
export function processOf(
  vault: Vault,
  { name, oauth }: SimulatedProvider,
  { refresh = oauth.refresh, ...changed }: Partial<RenewalDependencies & Pick<OAuthClient, 'refresh'>> = {},
) {
  return vault.process({ [name]: { ...oauth, refresh } }, changed);
}

export function eventsOf({ reports }: Vault): string[] {
  return reports.map(({ level, event }) => `${level} ${event}`);
}

/** What the next to come has to wait for. */
function createGate() {
  const [arrived, opening] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  return {
    arrived: arrived.promise,
    open: opening.resolve,
    pass: () => {
      arrived.resolve();
      return opening.promise;
    },
  };
}

/** A process whose answer from the provider is held back, as by a machine that is paused. */
export function pausedAtAnswer(vault: Vault, provider: SimulatedProvider, changed: Partial<RenewalDependencies> = {}) {
  const gate = createGate();
  const refresh: OAuthClient['refresh'] = async (request) => {
    const tokens = await provider.oauth.refresh(request);
    await gate.pass();
    return tokens;
  };
  return { process: processOf(vault, provider, { ...changed, refresh }), answered: gate.arrived, goOn: gate.open };
}

/** A process that is held back before it asks the provider. */
export function pausedAtQuestion(vault: Vault, provider: SimulatedProvider, refreshToken?: string) {
  const gate = createGate();
  const refresh: OAuthClient['refresh'] = async (request) => {
    await gate.pass();
    return provider.oauth.refresh({ ...request, ...(refreshToken !== undefined && { refreshToken }) });
  };
  const watch = watchPauses();
  const process = processOf(vault, provider, { refresh, pause: watch.pause });
  return { process, asked: gate.arrived, goOn: gate.open, waits: watch.waits };
}

/** Pauses that take no time; `waits` is when the first one begins. */
export function watchPauses() {
  const first = Promise.withResolvers<void>();
  const pause = () => {
    first.resolve();
    return new Promise<void>((passed) => setImmediate(passed));
  };
  return { pause, waits: first.promise };
}
