import { randomBytes } from 'node:crypto';
import { invalidFields } from '@tributary/core/errors';
import type { OAuthClient } from '@tributary/core/token-set';
import { verb } from '@tributary/core/verb';
import { systemStatement, withTenant } from '@tributary/db/transaction';
import * as z from 'zod';
import { clientOf } from '../credential/renewal-dependencies.ts';
import { type ConnectContext, codeChallengeOf, codeVerifierOf, hashState } from './authorization.ts';
import { providerName } from './connect.ts';

/** How long somebody may take at the provider. */
const lifetimeMs = 10 * 60_000;
/** Until then an attempt that is over is told from one that never was. */
const keptMs = 24 * 60 * 60_000;

const beginInput = z.strictObject({ provider: providerName, region: z.string().max(40).optional() });

interface Begun {
  /** Where the browser is to go. */
  authorizeUrl: string;
  expiresAt: Date;
}

/**
 * Begins to connect an account: whoever begins has ten minutes to come back from the provider with what it gives them.
 * @throws AppError `validation_failed` for a region the provider does not have, or a missing one where there are several
 */
export const beginAuthorization = verb(
  beginInput,
  async (context: ConnectContext, { provider, region: asked }): Promise<Begun> => {
    const { system, api, orgId, oauth, connectKey, redirectUrl, clock } = context;
    const client = clientOf(oauth, provider);
    const region = regionOf(client, asked);
    const state = randomBytes(32).toString('base64url');
    const url = client.authorizeUrl({
      state,
      redirectUrl,
      ...(client.usesPkce && { codeChallenge: codeChallengeOf(codeVerifierOf(connectKey, state)) }),
      ...(region !== null && { region }),
    });
    const now = clock();
    const expiresAt = new Date(now.getTime() + lifetimeMs);
    await withTenant({ database: api, orgId }, (tx) =>
      tx.query(
        `insert into sync.authorizations (org_id, state_hash, provider, region, subject, scopes, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [orgId, hashState(state), provider, region, context.subject, client.scopes, now, expiresAt],
      ),
    );
    await systemStatement(system, 'delete from sync.authorizations where org_id = $1 and expires_at < $2', [
      orgId,
      new Date(now.getTime() - keptMs),
    ]);
    return { authorizeUrl: url.href, expiresAt };
  },
);

function regionOf({ regions }: OAuthClient, asked: string | undefined): string | null {
  const region = asked ?? (regions.length === 1 ? regions[0] : undefined);
  if (regions.length === 0 && region === undefined) return null;
  if (region !== undefined && regions.includes(region)) return region;
  const message = regions.length === 0 ? 'this provider has no regions' : `must be one of: ${regions.join(', ')}`;
  throw invalidFields([{ path: 'region', message }]);
}
