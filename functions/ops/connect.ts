import { parse } from '@tributary/core/verb';
import { withSystem } from '@tributary/db/transaction';
import { createOrganization } from '@tributary/identity/organization/create-organization';
import { connect, providerName } from '@tributary/sync/connection/connect';
import { attachCredential } from '@tributary/sync/credential/attach-credential';
import { givenByHand, sealTokens } from '@tributary/sync/credential/seal-tokens';
import { newCredentialId, storeCredential } from '@tributary/sync/credential/store-credential';
import * as z from 'zod';
import { handler as resume } from '../crons/resume.ts';
import { credentials } from '../runtime/credentials.ts';
import { database } from '../runtime/database.ts';

const connectRequest = z.strictObject({
  /** An organization that exists, or the name of a new one. */
  organization: z.union([
    z.strictObject({ id: z.uuid() }),
    z.strictObject({ name: z.string(), timeZone: z.string().optional() }),
  ]),
  provider: providerName,
  /** The merchant's id at the provider. */
  accountRef: z.string(),
  /** For providers whose events only hint at what to fetch. Stored sealed. */
  accessToken: z.string().min(1).optional(),
});

/**
 * Connects a merchant by hand, creating its organization if need be. Events that had been parked for the account are applied.
 * @returns ids as UUIDs.
 */
export async function handler(request: unknown): Promise<{ orgId: string; connectionId: string }> {
  const { organization, provider, accountRef, accessToken } = parse(connectRequest, request);
  const system = database('system');
  const { orgId, connectionId } = await withSystem(system, async (tx) => {
    const id = 'id' in organization ? organization.id : await createOrganization(tx, organization);
    return { orgId: id, ...(await connect(tx, { orgId: id, provider, accountRef })) };
  });
  if (accessToken !== undefined) {
    const key = { orgId, credentialId: await newCredentialId(system) };
    const tokens = await sealTokens(credentials(), key, { accessToken, ...givenByHand });
    const credential = { ...key, provider, region: null, scopesAsked: [], tokens };
    const at = new Date();
    await withSystem(system, async (tx) => {
      await storeCredential(tx, { ...credential, at });
      await attachCredential(tx, { ...key, connectionIds: [connectionId], at });
    });
  }
  await resume();
  return { orgId, connectionId };
}
