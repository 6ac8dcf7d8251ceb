import { verb } from '@tributary/core/verb';
import type { Database } from '@tributary/db/connection';
import { systemStatement, type Transaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { connectedName } from '../connection/connect.ts';

const sealed = z.looseObject({ v: z.int() });

const storeInput = z.strictObject({
  orgId: z.uuid(),
  /** From `newCredentialId`: what the tokens are sealed to. */
  credentialId: z.uuid(),
  provider: connectedName,
  region: z.string().max(40).nullable(),
  scopesAsked: z.array(z.string()).readonly(),
  /** The accounts that were authorised. What is not connected of them in time is ended at the provider. */
  accountRefs: z.array(z.string()).readonly().default([]),
  /** As `sealTokens` made them. */
  tokens: z.strictObject({
    sealedAccessToken: sealed,
    sealedRefreshToken: sealed.nullable(),
    /** Null for a token that was given by hand: it ends when the provider says so. */
    accessExpiresAt: z.date().nullable(),
    refreshExpiresAt: z.date().nullable(),
    scopes: z.array(z.string()).readonly().nullable(),
  }),
  at: z.date(),
});

/** The id of a credential that is to be stored: its tokens are sealed to it before. */
export async function newCredentialId(system: Database): Promise<string> {
  const [row] = await systemStatement<{ id: string }>(system, 'select uuidv7() as id', []);
  return (row as { id: string }).id;
}

/** Stores what somebody has just authorised, as the system login: `pending`, until `attachCredential` says what it is for. */
export const storeCredential = verb(storeInput, async (tx: Transaction, input): Promise<void> => {
  const { orgId, credentialId, provider, region, scopesAsked, accountRefs, tokens, at } = input;
  await tx.query(
    `insert into sync.credentials (org_id, id, provider, region, status, scopes_asked, scopes_granted, sealed_access_token,
       sealed_refresh_token, access_expires_at, refresh_expires_at, refreshed_at, created_at, unchosen_refs)
     values ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $11, $12)`,
    [
      ...[orgId, credentialId, provider, region, scopesAsked, tokens.scopes, JSON.stringify(tokens.sealedAccessToken)],
      tokens.sealedRefreshToken && JSON.stringify(tokens.sealedRefreshToken),
      ...[tokens.accessExpiresAt, tokens.refreshExpiresAt, at, accountRefs],
    ],
  );
});
