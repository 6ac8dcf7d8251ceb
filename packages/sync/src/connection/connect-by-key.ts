import type { AuthorizedAccount } from '@tributary/core/token-set';
import { withSystem } from '@tributary/db/transaction';
import { type GotTokens, sealTokens } from '../credential/seal-tokens.ts';
import { newCredentialId, storeCredential } from '../credential/store-credential.ts';
import type { ConnectContext } from './authorization.ts';
import { type AlsoConnect, type Connecting, connectAccounts, retire } from './connect-accounts.ts';

export interface KeyedAccount {
  provider: string;
  account: AuthorizedAccount;
  /** What lets us in. Sealed before it is stored. */
  tokens: GotTokens;
  also: AlsoConnect;
}

/**
 * Connects an account that a key opens, which somebody has given us and which was tried. A new key takes the place of the one before.
 * @throws AppError `account_already_connected`; `plan_limit_reached`; `unavailable`, and what `also` throws
 */
export async function connectByKey(
  context: Connecting & Pick<ConnectContext, 'envelope' | 'orgId'>,
  { provider, account, tokens: got, also }: KeyedAccount,
): Promise<string> {
  const { system, envelope, orgId, clock } = context;
  const key = { orgId, credentialId: await newCredentialId(system) };
  const tokens = await sealTokens(envelope, key, got);
  const credential = { ...key, provider, region: null, scopesAsked: [], tokens, at: clock() };
  await withSystem(system, (tx) => storeCredential(tx, credential));
  try {
    const [connectionId] = await connectAccounts(context, { ...key, provider }, [account], also);
    return connectionId as string;
  } catch (error) {
    await retire(context, key);
    throw error;
  }
}
