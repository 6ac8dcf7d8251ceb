import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@tributary/core/clock';
import {
  type ProviderCall,
  type ProviderRequest,
  type Pull,
  type RecordedCall,
  requestLine,
} from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import { type AccountAccess, type Address, requestUrl } from '@tributary/providers/address';
import type { Answer, GuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import type { LimitedAnswer, RateBudget } from '@tributary/providers/rate-limit';
import type { Budgets, Purpose } from '@tributary/sync/budget/budgets';
import type { AccessTokens } from '@tributary/sync/credential/access-tokens';
import type * as z from 'zod';

/** How one provider is reached. */
export interface ProviderApi {
  /** Of its API, in a region where it has several. */
  apiUrl(region: string | null): string;
  addressOf(access: AccountAccess): Address;
  budgetsIn(answer: LimitedAnswer): RateBudget[];
  /** The status by which it says that the token is good and does not open this: somebody granted us less than we asked for. */
  deniedStatus?: number;
  /** Where its answers take longer than others'. */
  guardedCall?: GuardedCall;
  /**
   * How long to wait before each further try, in milliseconds, where a question changes nothing and much is lost with its answer: one that a
   * server at the edge refused (502, 503, 504 without `Retry-After`) at once is asked again. None unless told.
   */
  retriesAfterMs?: readonly number[];
}

export interface CallDependencies {
  apis: Readonly<Record<string, ProviderApi>>;
  tokens: Pick<AccessTokens, 'withToken'>;
  budgets: Budgets;
  guardedCall: GuardedCall;
  clock: Clock;
  /** Real time unless told. */
  pause?: (ms: number) => Promise<unknown>;
}

/** Whom to ask, for which connection. */
export interface CalledConnection {
  orgId: string;
  connectionId: string;
  provider: string;
  accountRef: string;
}

/** A budget that is spent for no longer than this is waited for; a longer one ends what is being done. */
const shortWaitMs = 2_000;

/** Who takes longer than this to refuse is asked again another time: a run's time is for those who answer. */
const quickRefusalMs = 10_000;

/** How long a provider that refuses and does not say for how long is left alone. */
const silentPauseMs = 1_000;

/**
 * Asks the provider of a connection: within the budgets all share, with a token that is good, and keeping what was answered. Every
 * answer feeds the budgets.
 */
export function createProviderCalls(dependencies: CallDependencies) {
  return (connection: CalledConnection, purpose: Purpose): RecordedCall => {
    let pulls: Pull[] = [];
    let bytes = 0;
    const call: ProviderCall = async (request, schema) => {
      const answer = await ask(dependencies, connection, purpose, request, schema);
      pulls.push({ request: requestLine(request), body: answer.raw, fetchedAt: dependencies.clock() });
      bytes += answer.receivedBytes;
      return answer.body;
    };
    const take = () => {
      const taken = { pulls, bytes };
      pulls = [];
      bytes = 0;
      return taken;
    };
    return { call, take };
  };
}

type Asked<Parsed> = { answer: Answer<Parsed> } | { denied: ProviderError };

async function ask<Schema extends z.ZodType>(
  dependencies: CallDependencies,
  connection: CalledConnection,
  purpose: Purpose,
  request: ProviderRequest,
  schema: Schema,
): Promise<Answer<z.output<Schema>>> {
  const { apis, tokens } = dependencies;
  const api = apis[connection.provider];
  if (api === undefined) throw new Error(`nothing is known of how to reach ${connection.provider}`);
  const { guardedCall = dependencies.guardedCall } = api;
  const { method = 'GET', json } = request;
  const body = json === undefined ? {} : { json: json as object };
  const asked = await tokens.withToken(connection, async (access): Promise<Asked<z.output<Schema>>> => {
    const { accessToken, accountRef, region } = access;
    const { url, headers } = api.addressOf({ apiUrl: api.apiUrl(region), accountRef, accessToken });
    const all = { ...headers, ...request.headers };
    return again(dependencies, api, async () => {
      await takeOrWait(dependencies, connection, purpose);
      const answering = guardedCall(requestUrl(url, request), { method, headers: all, schema, ...body });
      return heeding(dependencies, connection, api, answering);
    });
  });
  if ('denied' in asked) throw asked.denied;
  return asked.answer;
}

/** A little longer than stated, at random: those who were refused together do not come back together. */
async function again<Result>(
  { clock, pause = sleep }: CallDependencies,
  { retriesAfterMs = [] }: ProviderApi,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (const retryAfterMs of retriesAfterMs) {
    const startedAt = clock();
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error) || clock().getTime() - startedAt.getTime() > quickRefusalMs) throw error;
      await pause(retryAfterMs * (1 + Math.random() / 4));
    }
  }
  return attempt();
}

const isPassing = (error: unknown) =>
  error instanceof ProviderError && [502, 503, 504].includes(error.status ?? 0) && error.retryAfterMs === null;

/** Takes note of what an answer or a refusal says of the budgets. What the token does not open is no reason to renew it. */
async function heeding<Parsed>(
  { budgets, clock }: CallDependencies,
  connection: CalledConnection,
  api: ProviderApi,
  answering: Promise<Answer<Parsed>>,
): Promise<Asked<Parsed>> {
  try {
    const answer = await answering;
    await budgets.feed(connection, api.budgetsIn(answer));
    return { answer };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    await heed(budgets, connection, api, error, clock());
    if (error.status !== null && error.status === api.deniedStatus) return { denied: error };
    throw error;
  }
}

async function takeOrWait(
  { budgets, pause = sleep }: CallDependencies,
  connection: CalledConnection,
  purpose: Purpose,
): Promise<void> {
  for (let waitedMs = 0; ; ) {
    try {
      return await budgets.take(connection, purpose);
    } catch (error) {
      const waitMs = error instanceof ProviderError ? error.retryAfterMs : null;
      if (waitMs === null || waitedMs + waitMs > shortWaitMs) throw error;
      await pause(waitMs);
      waitedMs += waitMs;
    }
  }
}

/** A refusal says what is left; for as long as it asks, nobody asks again. */
async function heed(
  budgets: Budgets,
  connection: CalledConnection,
  { budgetsIn }: ProviderApi,
  error: ProviderError,
  now: Date,
): Promise<void> {
  if (error.status === null) return;
  const seen = budgetsIn({ status: error.status, headers: new Headers(error.headers) });
  await budgets.feed(connection, seen);
  if (error.kind !== 'rate_limited' && error.retryAfterMs === null) return;
  const scope = seen.some(({ scope, remaining }) => scope === 'app' && remaining === 0) ? 'app' : 'account';
  await budgets.block(connection, scope, new Date(now.getTime() + (error.retryAfterMs ?? silentPauseMs)));
}
