import { AppError } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';
import type { Authorized, AuthorizedAccount, OAuthClient } from '@tributary/core/token-set';
import { verb } from '@tributary/core/verb';
import { withSystem } from '@tributary/db/transaction';
import * as z from 'zod';
import { clientOf } from '../credential/renewal-dependencies.ts';
import { sealTokens } from '../credential/seal-tokens.ts';
import { newCredentialId, storeCredential } from '../credential/store-credential.ts';
import { type CredentialKey, placeOf } from '../credential/stored-credential.ts';
import { type ConnectContext, codeVerifierOf } from './authorization.ts';
import { type Choice, signChoice } from './choice.ts';
import { providerName } from './connect.ts';
import { connectAccounts, retire } from './connect-accounts.ts';
import { type UsedAuthorization, useAuthorization } from './use-authorization.ts';

/** What the provider added to the address of our page. */
export const redirectParameters = z
  .object({ state: z.string().min(1).max(200) })
  .catchall(z.string().max(4096))
  .refine((parameters) => Object.keys(parameters).length <= 30, 'has too many');

const finishInput = z.strictObject({ provider: providerName, parameters: redirectParameters });

type Finished = { connectionIds: string[] } | { choice: Choice };

/**
 * Trades what somebody brought back from the provider for tokens, and connects the account. Of several accounts one must be
 * chosen first (`chooseAccounts`). Tokens that turn out to be of no use are `revoking`.
 * @throws AppError `authorization_unknown`, `authorization_used`, `authorization_expired` as `useAuthorization`;
 * `authorization_denied` by the person, `authorization_refused` by the provider; `provider_unavailable`;
 * `no_account_authorized`; `account_already_connected`; `plan_limit_reached`; `unavailable`
 */
export const finishAuthorization = verb(
  finishInput,
  async (context: ConnectContext, { provider, parameters }): Promise<Finished> => {
    const { oauth, system, orgId } = context;
    const refusal = refusalIn(parameters);
    const { state } = parameters;
    const begun = await useAuthorization(context, { provider, state, isRefused: refusal !== null });
    if (refusal !== null) throw refusal;
    const client = clientOf(oauth, provider);
    const key = { orgId, credentialId: await newCredentialId(system) };
    const { tokens, accounts } = await exchange(context, client, key, begun, parameters);
    const sealed = await sealTokens(context.envelope, key, tokens);
    const { region, scopes: scopesAsked } = begun;
    const accountRefs = accounts.map(({ accountRef }) => accountRef);
    const credential = { ...key, provider, region, scopesAsked, accountRefs, tokens: sealed, at: context.clock() };
    await withSystem(system, (tx) => storeCredential(tx, credential));
    if (accounts.length === 0) {
      await retire(context, key);
      throw new AppError('no_account_authorized', 'No account was authorised. Begin again and pick one.');
    }
    if (accounts.length > 1) return { choice: signChoice(context, { ...key, provider, accounts }) };
    return { connectionIds: await connectOnly(context, { ...key, provider }, accounts) };
  },
);

async function exchange(
  { envelope, connectKey, redirectUrl }: ConnectContext,
  client: OAuthClient,
  key: CredentialKey,
  { region }: UsedAuthorization,
  parameters: z.output<typeof redirectParameters>,
): Promise<Authorized> {
  // A data key first, which then seals without being asked for again: tokens that cannot be sealed could not be kept, nor be ended.
  await envelope.seal(placeOf(key, 'access_token'), 'none yet');
  const verifier = client.usesPkce ? { codeVerifier: codeVerifierOf(connectKey, parameters.state) } : {};
  const request = { callback: parameters, redirectUrl, ...verifier, ...(region !== null && { region }) };
  return client.exchange(request).catch((error: unknown) => {
    throw error instanceof ProviderError ? refusalOf(error) : error;
  });
}

/** What the redirect itself says (RFC 6749, 4.1.2.1); null when there is a code to be traded. */
function refusalIn({ error, code }: z.output<typeof redirectParameters>): AppError | null {
  if (error === 'access_denied') return new AppError('authorization_denied', 'Access was denied at the provider.');
  return error !== undefined || code === undefined ? refused() : null;
}

function refusalOf(cause: ProviderError): AppError {
  if (cause.kind === 'unauthorized') return refused(cause);
  return new AppError('provider_unavailable', 'The provider gave no usable answer. Begin again later.', { cause });
}

function refused(cause?: ProviderError): AppError {
  const message = 'The provider did not accept the authorisation. Begin again.';
  return new AppError('authorization_refused', message, { cause });
}

async function connectOnly(
  context: ConnectContext,
  credential: CredentialKey & { provider: z.output<typeof providerName> },
  accounts: readonly AuthorizedAccount[],
): Promise<string[]> {
  try {
    return await connectAccounts(context, credential, accounts);
  } catch (error) {
    await retire(context, credential);
    throw error;
  }
}
