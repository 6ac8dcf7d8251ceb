import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import * as z from 'zod';

const attachInput = z.strictObject({
  orgId: z.uuid(),
  credentialId: z.uuid(),
  /** Connected, and of the credential's provider. */
  connectionIds: z.array(z.uuid()).min(1),
  at: z.date(),
});

/**
 * Lets connections call with a credential, as the system login: they are active and due at once, unless they
 * were paused. A credential that this leaves
 * without any connection is `revoking`: to be erased (`revokeCredential`).
 * @throws AppError `conflict` when the credential is of no use any more, `not_found` for a connection that is none of these
 */
export const attachCredential = verb(
  attachInput,
  async (tx: Transaction, { orgId, credentialId, connectionIds, at }): Promise<void> => {
    const [credential] = await tx.query<{ provider: string }>(
      `update sync.credentials k set status = 'active', unchosen_refs = array(
         select unnest(k.unchosen_refs) except select c.account_ref from sync.connections c where c.org_id = $1 and c.id = any ($3))
       where k.org_id = $1 and k.id = $2 and k.status in ('pending', 'active') returning k.provider`,
      [orgId, credentialId, connectionIds],
    );
    if (!credential) throw new AppError('conflict', 'This authorisation cannot be used any more.');
    const attached = await tx.query<{ formerId: string | null }>(
      `update sync.connections c set credential_id = $2, failures = 0,
         status = case when c.paused_at is null then 'active' else 'paused' end,
         next_run_at = case when c.paused_at is null then $5::timestamptz end
       where c.org_id = $1 and c.id = any ($3) and c.provider = $4 and c.status <> 'disconnected'
       returning old.credential_id as "formerId"`,
      [orgId, credentialId, connectionIds, credential.provider, at],
    );
    if (attached.length < new Set(connectionIds).size) throw new AppError('not_found', 'No such connection.');
    const formerIds = attached.flatMap(({ formerId }) => (formerId === null ? [] : [formerId]));
    await retireUnused(tx, orgId, formerIds);
  },
);

async function retireUnused(tx: Transaction, orgId: string, credentialIds: readonly string[]): Promise<void> {
  await tx.query(
    `update sync.credentials k set status = 'revoking'
     where k.org_id = $1 and k.id = any ($2) and k.status in ('active', 'needs_reconnect')
       and not exists (select from sync.connections c where c.org_id = $1 and c.credential_id = k.id)`,
    [orgId, credentialIds],
  );
}
