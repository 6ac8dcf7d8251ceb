import { contentHash } from '@tributary/core/canonical-json';
import type { ObjectFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';

/**
 * Keeps the newest version of each object, one statement whatever the number; what is not newer writes nothing. Of two versions with one
 * time the same one wins whichever came first. @returns how many were news.
 */
export async function storeObjects(
  tx: TenantTransaction,
  { connectionId, seenAt }: { connectionId: string; seenAt: Date },
  facts: readonly ObjectFact[],
): Promise<number> {
  if (facts.length === 0) return 0;
  const objects = newest(facts);
  const written = await tx.query(
    `insert into sync.objects as o (org_id, connection_id, resource, external_id, version, removed, body, content_hash, seen_at)
     select $1, $2, f.*, $9 from unnest($3::text[], $4::text[], $5::timestamptz[], $6::boolean[], $7::jsonb[], $8::bytea[]) as f
     on conflict (org_id, connection_id, resource, external_id) do update set
       version = excluded.version, removed = excluded.removed, body = excluded.body, content_hash = excluded.content_hash,
       seen_at = excluded.seen_at
     where (excluded.version, excluded.content_hash) > (o.version, o.content_hash)
     returning 1`,
    [
      tx.orgId,
      connectionId,
      objects.map(({ fact }) => fact.resource),
      objects.map(({ fact }) => fact.externalId),
      objects.map(({ fact }) => fact.version),
      objects.map(({ fact }) => fact.removed),
      objects.map(({ fact }) => JSON.stringify(fact.body)),
      objects.map(({ hash }) => hash),
      seenAt,
    ],
  );
  return written.length;
}

interface Hashed {
  fact: ObjectFact;
  hash: Buffer;
}

function newest(facts: readonly ObjectFact[]): Hashed[] {
  const byId = new Map<string, Hashed>();
  for (const fact of facts) {
    const candidate = { fact, hash: contentHash(fact.body) };
    const id = `${fact.resource} ${fact.externalId}`;
    const known = byId.get(id);
    if (known === undefined || isNewer(candidate, known)) byId.set(id, candidate);
  }
  // In the order every batch writes them: two that overlap wait for each other and never deadlock.
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

function isNewer(a: Hashed, b: Hashed): boolean {
  const differenceMs = a.fact.version.getTime() - b.fact.version.getTime();
  return differenceMs === 0 ? Buffer.compare(a.hash, b.hash) > 0 : differenceMs > 0;
}
