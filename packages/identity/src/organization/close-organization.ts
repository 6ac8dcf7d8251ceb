import { recordAudit } from '@tributary/audit/record';
import type { TenantTransaction } from '@tributary/db/transaction';

interface ClosingContext {
  /** Holds the organization's row for update and is set to it. */
  tx: Pick<TenantTransaction, 'query' | 'orgId'>;
  actor: string;
  now: Date;
}

/** Closes an organization that nobody is left in: nothing comes in or goes out any more, its keys end, and nobody is asked to join. */
export async function closeOrganization({ tx, actor, now }: ClosingContext): Promise<void> {
  await tx.query(`update identity.organizations set status = 'suspended', updated_at = $2 where id = $1`, [
    tx.orgId,
    now,
  ]);
  await tx.query('delete from identity.invitations where org_id = $1', [tx.orgId]);
  const ended = await tx.query<{ id: string }>('select identity.end_api_keys($1) as id', [now]);
  const [before, after] = [{ revokedAt: null }, { revokedAt: now.toISOString() }];
  for (const { id } of ended) {
    const target = { targetType: 'apiKey', targetId: id } as const;
    await recordAudit(tx, { actor, client: undefined, action: 'api_key.revoke', ...target, before, after });
  }
}
