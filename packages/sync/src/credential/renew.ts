import { AppError } from '@tributary/core/errors';
import type { OAuthClient, TokenSet } from '@tributary/core/token-set';
import type { Sealed } from '@tributary/credentials/sealed';
import { isUnauthorized, mayHaveHappened, nameOf } from './failure.ts';
import { type LeasedCredential, releaseLease, takeLease } from './lease.ts';
import { markRefused } from './mark-refused.ts';
import { pause, pausesOf } from './pauses.ts';
import { clientOf, type RenewalDependencies } from './renewal-dependencies.ts';
import { saveRenewed } from './save-renewed.ts';
import { keyOf, placeOf, type StoredCredential } from './stored-credential.ts';

/** Longer than a provider's token endpoint is waited for, and short enough for whoever waits in turn. */
const waitMs = 25_000;

/**
 * What stands in the place of a pair that should not be used any more: a newer pair, whoever got it, or a credential that is not
 * `active` any more. Of all who ask at once, in whichever process, one asks the provider; the others wait for what comes of it.
 * The provider is asked outside any transaction, and a new pair is used by nobody before it is stored.
 * @throws ProviderError when we could not renew it, AppError `unavailable` when another could not or takes too long. Then
 * everything is as it was.
 */
export async function renew(dependencies: RenewalDependencies, stale: StoredCredential): Promise<StoredCredential> {
  const wait = dependencies.pause ?? pause;
  let hasWaited = false;
  for (const pauseMs of pausesOf(waitMs)) {
    const taken = await takeLease(dependencies.worker, stale, { hasWaited });
    const credential = taken.isMine ? await renewLeased(dependencies, taken.credential) : taken.credential;
    if (credential.version !== stale.version || isClosed(credential)) return credential;
    // Whoever had the lease gave it back with nothing changed. Everybody trying again in turn would be a storm.
    if (!credential.isLeased) throw new AppError('unavailable', 'The access to a provider could not be renewed.');
    if (credential.isBeingRenewed) await wait(pauseMs);
    hasWaited = true;
  }
  throw new AppError('unavailable', 'The access to a provider is still being renewed.');
}

/** Nobody will renew it. */
function isClosed({ status, reason }: StoredCredential): boolean {
  return status === 'needs_reconnect' || status === 'erased' || (status !== 'active' && refusals.has(reason));
}

const refusals = new Set<string | null>(['refresh_refused', 'no_refresh_token']);

type Answer =
  | { kind: 'renewed'; tokens: TokenSet; sealedFormer: Sealed }
  | { kind: 'refused'; reason: 'refresh_refused' | 'no_refresh_token' }
  | { kind: 'failed'; error: unknown; isAnswerLost: boolean };

async function renewLeased(dependencies: RenewalDependencies, leased: LeasedCredential): Promise<StoredCredential> {
  const answer = await ask(dependencies, leased);
  switch (answer.kind) {
    case 'renewed':
      return saveRenewed(dependencies, leased, answer);
    case 'refused':
      return markRefused(dependencies, leased, answer.reason);
    case 'failed': {
      const { error } = answer;
      const isAnswerLost = answer.isAnswerLost || leased.mayBeReplaced;
      await releaseLease(dependencies.worker, leased, { isAnswerLost });
      const { provider } = leased;
      dependencies.report('WARN', 'renewal_failed', { ...keyOf(leased), provider, error: nameOf(error), isAnswerLost });
      throw error;
    }
  }
}

async function ask(dependencies: RenewalDependencies, leased: LeasedCredential): Promise<Answer> {
  if (leased.sealedRefreshToken === null) return { kind: 'refused', reason: 'no_refresh_token' };
  let attempt: Attempt;
  try {
    attempt = await prepare(dependencies, leased);
  } catch (error) {
    return { kind: 'failed', error, isAnswerLost: false };
  }
  try {
    return { kind: 'renewed', tokens: await refresh(attempt), sealedFormer: attempt.sealedFormer };
  } catch (error) {
    if (isUnauthorized(error)) return { kind: 'refused', reason: 'refresh_refused' };
    return { kind: 'failed', error, isAnswerLost: mayHaveHappened(error) };
  }
}

interface Attempt {
  client: OAuthClient;
  request: Parameters<OAuthClient['refresh']>[0];
  /** The refresh token before this one, as long as the provider may take it. */
  former: string | null;
  /** The refresh token that is to be replaced, sealed as the former one. */
  sealedFormer: Sealed;
}

async function prepare({ envelope, oauth, clock }: RenewalDependencies, leased: LeasedCredential): Promise<Attempt> {
  const key = keyOf(leased);
  const { provider, region, mayBeReplaced } = leased;
  const client = clientOf(oauth, provider);
  const accessToken = await envelope.open(placeOf(key, 'access_token'), leased.sealedAccessToken);
  const refreshToken = await envelope.open(placeOf(key, 'refresh_token'), leased.sealedRefreshToken);
  const isInGrace = clock().getTime() - leased.refreshedAt.getTime() < client.renewal.formerTokenGraceMs;
  const former =
    isInGrace && leased.formerRefreshToken !== null
      ? await envelope.open(placeOf(key, 'former_refresh_token'), leased.formerRefreshToken)
      : null;
  // Sealed before the provider is asked: then the data key is at hand, and no pair is lost because the key service is away.
  const sealedFormer = await envelope.seal(placeOf(key, 'former_refresh_token'), refreshToken);
  const request = { refreshToken, accessToken, mayBeReplaced, ...(region !== null && { region }) };
  return { client, request, former, sealedFormer };
}

/** A pair of ours may have died when a late question with the former token was answered. That token then still works. */
async function refresh({ client, request, former }: Attempt): Promise<TokenSet> {
  try {
    return await client.refresh(request);
  } catch (error) {
    if (former === null || !isUnauthorized(error)) throw error;
    return client.refresh({ ...request, refreshToken: former });
  }
}
