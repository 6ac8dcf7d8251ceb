import { parse } from '@tributary/core/verb';
import { withSystem } from '@tributary/db/transaction';
import { createOrganization } from '@tributary/identity/organization/create-organization';
import { connect, providerName, storeAccessToken } from '@tributary/sync/connection/connect';
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
    const sealedAccessToken = await credentials().seal({ orgId, connectionId, field: 'access_token' }, accessToken);
    await withSystem(system, (tx) => storeAccessToken(tx, { orgId, connectionId, sealedAccessToken }));
  }
  await resume();
  return { orgId, connectionId };
}
