import { hash } from 'node:crypto';
import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

/** What a delivery was proven by, as it is stored. */
export interface StoredProof {
  provider: string;
  /** What went into the signature where a scheme signs a URL. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Null for a handshake, which nothing proves. */
  keyId: string | null;
  body: Uint8Array;
}

/**
 * `proven` again; `refuted`: the signature is not of these bytes; `key_unknown`: the key it was proven by is not at hand;
 * `not_signed`: nothing that is stored ties sender and bytes.
 */
export type Proof = 'proven' | 'refuted' | 'key_unknown' | 'not_signed';

/** Proves a delivery of one provider again. The composition root hands one in per provider. */
export type Prove = (delivery: StoredProof) => Proof;

export interface Verified {
  deliveries: number;
  /** Whose bytes have the hash they were stored with. */
  intact: number;
  proven: number;
  refuted: number;
  keyUnknown: number;
  notSigned: number;
  /** Nothing proves them since an erasure took something out; their bytes are those that were left. */
  redacted: number;
}

export interface Reverified {
  byProvider: Record<string, Verified>;
  /** Of the deliveries whose proof could be tried: the share that held, bytes and signature. Null when none could. */
  matchRate: number | null;
  /** The first hundred that did not hold. */
  failed: { deliveryId: string; provider: string; why: 'bytes_changed' | 'refuted' }[];
  /** Where to go on; null when all were seen. */
  next: string | null;
}

interface Row extends StoredProof {
  id: string;
  sha256: Buffer;
  redactedSha256: Buffer | null;
}

const pageSize = 200;
const mostFailures = 100;

/**
 * Proves every stored delivery again, in order of arrival, from the bytes that are stored. As the system login.
 * @param after a delivery's id to go on behind
 * @param mayGoOn false when the time is nearly over
 */
export async function reverify(
  system: Database,
  {
    prove,
    after = null,
    mayGoOn,
  }: { prove: Readonly<Record<string, Prove>>; after?: string | null; mayGoOn(): boolean },
): Promise<Reverified> {
  const report: Reverified = { byProvider: {}, matchRate: null, failed: [], next: after };
  for (let page = await readPage(system, after); page.length > 0; page = await readPage(system, report.next)) {
    for (const row of page)
      note(report, row, row.redactedSha256 === null ? (prove[row.provider]?.(row) ?? 'key_unknown') : 'redacted');
    report.next = page.at(-1)?.id ?? null;
    if (!mayGoOn()) return withRate(report);
  }
  return withRate({ ...report, next: null });
}

function readPage(system: Database, after: string | null): Promise<Row[]> {
  return systemStatement<Row>(
    system,
    `select id, provider, url, headers, key_id as "keyId", body, sha256, redacted_sha256 as "redactedSha256" from inbox.deliveries
     where id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid) order by id limit $2`,
    [after, pageSize],
  );
}

const counted = {
  proven: 'proven',
  refuted: 'refuted',
  key_unknown: 'keyUnknown',
  not_signed: 'notSigned',
  redacted: 'redacted',
} as const;

function note(
  { byProvider, failed }: Reverified,
  { id, provider, body, sha256, redactedSha256 }: Row,
  proof: Proof | 'redacted',
): void {
  const isIntact = hash('sha256', body, 'buffer').equals(redactedSha256 ?? sha256);
  const none: Verified = { deliveries: 0, intact: 0, proven: 0, refuted: 0, keyUnknown: 0, notSigned: 0, redacted: 0 };
  const verified = byProvider[provider] ?? none;
  byProvider[provider] = verified;
  verified.deliveries += 1;
  verified.intact += isIntact ? 1 : 0;
  verified[counted[proof]] += 1;
  const why = isIntact ? (proof === 'refuted' ? 'refuted' : null) : 'bytes_changed';
  if (why !== null && failed.length < mostFailures) failed.push({ deliveryId: id, provider, why });
}

/** A delivery that cannot be proven anew still has the hash of its bytes; one whose key is missing has been tried by that alone. */
function withRate(report: Reverified): Reverified {
  const all = Object.values(report.byProvider);
  const sum = (count: (verified: Verified) => number) => all.reduce((total, verified) => total + count(verified), 0);
  const tried = sum(({ proven, refuted }) => proven + refuted);
  return { ...report, matchRate: tried === 0 ? null : sum(({ proven }) => proven) / tried };
}
