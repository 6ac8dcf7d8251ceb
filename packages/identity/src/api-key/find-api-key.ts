import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import * as z from 'zod';
import { keyRole } from './api-key.ts';

const found = z.object({
  orgId: z.uuid(),
  secretHash: z.instanceof(Uint8Array),
  role: keyRole,
  scopes: z.array(z.string()),
  expiresAt: z.date(),
});

/** A key while it is valid: not revoked, not expired, of an organization that is active. */
export type FoundKey = z.infer<typeof found>;

/**
 * Looks a key up by its id and the hash of its secret, before it is known whose it is, as the API's login; one round trip. Notes its use, a
 * minute after the last note at the earliest.
 * @returns null when there is none that is valid, whatever is wrong
 * @throws AppError `unavailable` when the database is not reachable.
 */
export async function findApiKey(
  api: Database,
  { id, secretHash, at }: { id: string; secretHash: Uint8Array; at: Date },
): Promise<FoundKey | null> {
  const [row] = await systemStatement(
    api,
    `select org_id as "orgId", secret_hash as "secretHash", role, scopes, expires_at as "expiresAt"
     from identity.find_api_key($1, $2, $3)`,
    [id, secretHash, at],
  );
  return found.safeParse(row).data ?? null;
}
