import { hash } from 'node:crypto';
import * as z from 'zod';

const uuid = z.uuid();

/**
 * A link with its record: the one list of what is chained, in the order in which formula 1 hashes it. Another formula would have a list of
 * its own.
 */
const chained = z.object({
  formula: z.int(),
  seq: z.int(),
  orgId: uuid,
  recordId: uuid,
  actor: z.string(),
  action: z.string(),
  targetType: z.string(),
  targetId: uuid,
  reason: z.string().nullable(),
  before: z.string().nullable().describe('Jsonb as the text PostgreSQL prints for it.'),
  after: z.string().nullable(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  createdAt: z.string().describe('UTC to the microsecond: `2026-11-21T18:00:00.123456Z`.'),
});

export type Chained = z.infer<typeof chained>;

/** Their names, in that order. */
export const chainedFields = chained.keyof().options;

/** What stands before the first link. */
export const genesis = '0'.repeat(64);

/** The formulas we can compute, by number. */
export const formulas: Readonly<Record<number, (previous: string, link: Chained) => string>> = { 1: first };

/**
 * Formula 1, as `audit.chain_hash` computes it (migration 0022): SHA-256, in hex, of a JSON array of strings and nulls in UTF-8, a comma
 * and a space between elements. JSON.stringify escapes a string as PostgreSQL's json does.
 * @param previous hash of the link before, in hex: the element behind the formula
 */
function first(previous: string, link: Chained): string {
  const [formula, ...others] = chainedFields.map((name) => link[name]);
  const elements = [formula, previous, ...others].map((value) =>
    value === null ? 'null' : JSON.stringify(String(value)),
  );
  return hash('sha256', `[${elements.join(', ')}]`);
}
