import { hash } from 'node:crypto';

/** A link with its record, as it is hashed: in this order, jsonb as the text PostgreSQL prints for it. */
export interface Chained {
  formula: number;
  seq: number;
  /** UUIDs, here and below. */
  orgId: string;
  recordId: string;
  actor: string;
  action: string;
  targetType: string;
  targetId: string;
  reason: string | null;
  before: string | null;
  after: string | null;
  ip: string | null;
  userAgent: string | null;
  /** UTC to the microsecond: `2026-11-21T18:00:00.123456Z`. */
  createdAt: string;
}

/** What stands before the first link. */
export const genesis = '0'.repeat(64);

/** The formulas we can compute, by number. */
export const formulas: Readonly<Record<number, (previous: string, link: Chained) => string>> = { 1: first };

/**
 * Formula 1, as `audit.chain_hash` computes it (migration 0022): SHA-256, in hex, of a JSON array of strings and nulls in UTF-8, a comma
 * and a space between elements. JSON.stringify escapes a string as PostgreSQL's json does.
 * @param previous hash of the link before, in hex
 */
function first(previous: string, link: Chained): string {
  const {
    formula,
    seq,
    orgId,
    recordId,
    actor,
    action,
    targetType,
    targetId,
    reason,
    before,
    after,
    ip,
    userAgent,
    createdAt,
  } = link;
  const elements = [
    ...[String(formula), previous, String(seq), orgId, recordId, actor, action, targetType, targetId, reason],
    ...[before, after, ip, userAgent, createdAt],
  ];
  return hash('sha256', `[${elements.map((element) => JSON.stringify(element)).join(', ')}]`);
}
