import { type Clock, systemClock } from '@tributary/core/clock';
import type { ProviderCall } from '@tributary/core/provider-call';
import { requestUrl } from '@tributary/providers/address';
import { networkAddress, toAccessToken } from '@tributary/providers/affiliate/credentials';
import type { Credentials, Network } from '@tributary/providers/affiliate/network';
import { createGuardedCall, type GuardOptions } from '@tributary/providers/fetch/guarded-fetch';
import { type Budgets, createBudgets } from '@tributary/sync/budget/budgets';
import { type GotTokens, givenByHand } from '@tributary/sync/credential/seal-tokens';
import { database } from './database.ts';
import { directoryCall, networkLimits, simulatedNetworks } from './networks.ts';

/** Asks networks with credentials that are not stored. */
export interface Asking {
  /** What credentials open a network with. @throws ProviderError `unauthorized` when it trades them for nothing */
  tokens(network: Network, credentials: Credentials): Promise<GotTokens>;
  /** What may be asked of an account, one organization may ask without one. */
  call(network: Network, accessToken: string, orgId: string): ProviderCall;
}

/** @param simulatedUrl of the simulators, if they are asked */
export function createAsking(options: {
  budgets: Budgets;
  guard: GuardOptions & { clock: Clock };
  simulatedUrl: string | null;
}): Asking {
  const { budgets, guard, simulatedUrl } = options;
  const guardedCall = createGuardedCall(guard);
  return {
    tokens: async (network, credentials) => {
      const call = directoryCall(network, simulatedUrl, guardedCall);
      const traded = await network.signIn?.(credentials, call, guard.clock());
      return traded ?? { accessToken: toAccessToken(credentials), ...givenByHand };
    },
    call: (network, accessToken, orgId) => {
      const addressOf = networkAddress(network, simulatedUrl === null ? null : `${simulatedUrl}/${network.slug}`);
      const { url, headers } = addressOf({ accessToken });
      return async (request, schema) => {
        const { method = 'GET', json } = request;
        await budgets.take({ provider: network.slug, accountRef: `org:${orgId}` }, 'hint');
        const all = { ...headers, ...request.headers };
        const body = json === undefined ? {} : { json: json as object };
        return (await guardedCall(requestUrl(url, request), { method, headers: all, schema, ...body })).body;
      };
    },
  };
}

let composed: Asking | undefined;

/** The same on this stage, composed once per instance. */
export function asking(): Asking {
  composed ??= compose();
  return composed;
}

function compose(): Asking {
  const clock = systemClock;
  const simulatedUrl = simulatedNetworks();
  const budgets = createBudgets({ system: database('system'), limits: networkLimits, clock });
  return createAsking({ budgets, guard: { allowLoopback: simulatedUrl !== null, clock }, simulatedUrl });
}
