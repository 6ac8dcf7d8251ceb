import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '@tributary/core/errors';
import type { AuthorizedAccount } from '@tributary/core/token-set';
import * as z from 'zod';
import { choiceMs } from '../credential/choice-time.ts';
import type { CredentialKey } from '../credential/stored-credential.ts';
import type { ConnectContext } from './authorization.ts';
import { providerName } from './connect.ts';

const macBytes = 32;

/** What somebody may choose from, and the word by which they do. */
export interface Choice {
  authorizationId: string;
  choices: readonly AuthorizedAccount[];
  expiresAt: Date;
}

const offered = z.strictObject({
  credentialId: z.uuid(),
  provider: providerName,
  accounts: z.array(z.tuple([z.string(), z.string().nullable()])),
  expiresAtMs: z.int(),
});

/** Accounts that were authorised, and what lets us into them. */
export interface Offer extends CredentialKey {
  provider: z.output<typeof providerName>;
  accounts: readonly AuthorizedAccount[];
}

type Signing = Pick<ConnectContext, 'connectKey' | 'orgId' | 'subject' | 'clock'>;

/**
 * The accounts of an authorisation, in a word that only who authorised can use: base64url of HMAC-SHA256 ‖ JSON. It carries what
 * may be chosen, since the tokens could open more, and another's word would connect accounts that are not theirs. Not secret.
 */
export function signChoice(context: Signing, { credentialId, provider, accounts }: Offer): Choice {
  const expiresAt = new Date(context.clock().getTime() + choiceMs);
  const bytes = Buffer.from(
    JSON.stringify({
      credentialId,
      provider,
      accounts: accounts.map(({ accountRef, name }) => [accountRef, name]),
      expiresAtMs: expiresAt.getTime(),
    }),
  );
  const authorizationId = Buffer.concat([macOf(context, bytes), bytes]).toString('base64url');
  return { authorizationId, choices: accounts, expiresAt };
}

/** @throws AppError `authorization_unknown` for a word that is not ours or not theirs, `authorization_expired` */
export function readChoice(context: Signing, authorizationId: string): Offer {
  const bytes = Buffer.from(authorizationId, 'base64url');
  const [mac, rest] = [bytes.subarray(0, macBytes), bytes.subarray(macBytes)];
  if (mac.length !== macBytes || !timingSafeEqual(mac, macOf(context, rest)))
    throw new AppError('authorization_unknown', 'You have not begun to connect this. Begin again.');
  const { accounts, expiresAtMs, ...credential } = offered.parse(JSON.parse(rest.toString()));
  if (expiresAtMs <= context.clock().getTime())
    throw new AppError('authorization_expired', 'This took more than a day. Begin again.');
  return {
    ...credential,
    orgId: context.orgId,
    accounts: accounts.map(([accountRef, name]) => ({ accountRef, name })),
  };
}

/** No part holds a line break, and no state, of which the same key makes verifiers, holds one either. */
function macOf({ connectKey, orgId, subject }: Signing, bytes: Uint8Array): Buffer {
  return createHmac('sha256', connectKey).update(`choice\n${orgId}\n${subject}\n`).update(bytes).digest();
}
