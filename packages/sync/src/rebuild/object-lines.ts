import type { TenantTransaction } from '@tributary/db/transaction';

/** Objects that no domain keeps, a line each, by the names their provider has for them. */
export async function readObjectLines(tx: TenantTransaction): Promise<string[]> {
  const rows = await tx.query<{ line: string }>(
    `select jsonb_build_array('object', c.provider, c.account_ref, o.resource, o.external_id, o.version, o.removed,
       encode(o.content_hash, 'hex'))::text as line
     from sync.objects o join sync.connections c on c.org_id = $1 and c.id = o.connection_id where o.org_id = $1`,
    [tx.orgId],
  );
  return rows.map(({ line }) => line);
}
