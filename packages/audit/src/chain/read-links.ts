import type { TenantTransaction } from '@tributary/db/transaction';
import { type Chained, chainedFields } from './chain-hash.ts';

interface LinkPosition {
  formula: number;
  seq: number;
  recordId: string;
  /** Hex. */
  hash: string;
}

/** A link as it is stored, with what its record says now; null when the record is gone. */
export interface StoredLink extends LinkPosition {
  record: Chained | null;
}

interface LinkRow extends Chained {
  hash: string;
  /** Null when there is no record. */
  actor: string;
}

/** Where each of them is stored. */
const stored: Readonly<Record<keyof Chained, string>> = {
  formula: 'l.formula',
  seq: 'l.seq',
  orgId: 'l.org_id',
  recordId: 'l.record_id',
  actor: 'r.actor',
  action: 'r.action',
  targetType: 'r.target_type',
  targetId: 'r.target_id',
  reason: 'r.reason',
  before: 'r.before::text',
  after: 'r.after::text',
  ip: 'r.ip',
  userAgent: 'r.user_agent',
  createdAt: `to_char(r.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
};
const selected = chainedFields.map((name) => `${stored[name]} as "${name}"`).join(', ');

/** Links of the organization behind a number, in order: `limit` at most. */
export async function readLinks(
  tx: TenantTransaction,
  { after, limit }: { after: number; limit: number },
): Promise<StoredLink[]> {
  const rows = await tx.query<LinkRow>(
    `select ${selected}, encode(l.hash, 'hex') as hash
     from audit.links l left join audit.records r on r.org_id = l.org_id and r.id = l.record_id
     where l.org_id = $1 and l.seq > $2 order by l.seq limit $3`,
    [tx.orgId, after, limit],
  );
  return rows.map(({ hash, ...chained }) => {
    const { formula, seq, recordId } = chained;
    return { formula, seq, recordId, hash, record: chained.actor === null ? null : chained };
  });
}
