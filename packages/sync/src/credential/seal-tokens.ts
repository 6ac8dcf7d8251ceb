import type { TokenSet } from '@tributary/core/token-set';
import type { Envelope } from '@tributary/credentials/envelope';
import type { Sealed } from '@tributary/credentials/sealed';
import { type CredentialKey, placeOf } from './stored-credential.ts';

/** Tokens as they are got from a provider, or given by hand: then nobody may know when they end. */
export type GotTokens = Omit<TokenSet, 'accessExpiresAt'> & { accessExpiresAt: Date | null };

/** What is known of a token that was given by hand: nothing but itself. */
export const givenByHand = { refreshToken: null, accessExpiresAt: null, refreshExpiresAt: null, scopes: null };

/** The same as they are stored. */
export interface SealedTokens extends Pick<GotTokens, 'accessExpiresAt' | 'refreshExpiresAt' | 'scopes'> {
  sealedAccessToken: Sealed;
  sealedRefreshToken: Sealed | null;
}

/** Seals a set to the row it will stand in. @throws AppError `unavailable` when the key service does not answer */
export async function sealTokens(envelope: Envelope, key: CredentialKey, tokens: GotTokens): Promise<SealedTokens> {
  const { accessToken, refreshToken, accessExpiresAt, refreshExpiresAt, scopes } = tokens;
  const sealedAccessToken = await envelope.seal(placeOf(key, 'access_token'), accessToken);
  const sealedRefreshToken =
    refreshToken === null ? null : await envelope.seal(placeOf(key, 'refresh_token'), refreshToken);
  return { sealedAccessToken, sealedRefreshToken, accessExpiresAt, refreshExpiresAt, scopes };
}
