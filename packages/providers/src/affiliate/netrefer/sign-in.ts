import type { TokenSet } from '@tributary/core/token-set';
import * as z from 'zod';
import type { GuardedCall } from '../../fetch/guarded-fetch.ts';
import { askForTokens, token } from '../../fetch/token-endpoint.ts';
import { toAccessToken } from '../credentials.ts';
import type { Credentials } from '../network.ts';

/** The one directory that NetRefer's reports are behind (https://developer.netrefer.com/Affiliate-api/ASR). */
const tokenUrl = new URL('https://login.microsoftonline.com/0e0b50ac-5253-4347-b528-251b2f17cfc6/oauth2/v2.0/token');

const answer = z.object({ access_token: token, expires_in: z.coerce.number().int().positive().max(86_400) });

/** NetRefer's password grant: it gives no refresh token, so the credentials stand in for one. */
export async function signIn(credentials: Credentials, call: GuardedCall, now: Date): Promise<TokenSet> {
  const { clientId = '', clientSecret = '', username = '', password = '', ...rest } = credentials;
  const form = {
    grant_type: 'password',
    client_id: clientId,
    client_secret: clientSecret,
    username,
    password,
    scope: `api://${clientId}/Reports.Read`,
  };
  const { body } = await askForTokens(() => call(tokenUrl, { method: 'POST', form, schema: answer, oauth: true }));
  return {
    accessToken: toAccessToken({ ...rest, accessToken: body.access_token }),
    refreshToken: toAccessToken(credentials),
    accessExpiresAt: new Date(now.getTime() + body.expires_in * 1000),
    refreshExpiresAt: null,
    scopes: null,
  };
}
