import * as z from 'zod';

/** What the verifier may find. Closed and stable: readers switch on it. */
const findingKind = z.enum([
  /** Numbers without a link: records were removed. `seq` is the first of them. */
  'links_missing',
  /** A link whose record is gone. */
  'record_missing',
  /** A record or its link is not what was chained: changed, or in another place. */
  'record_changed',
  /** A record that nothing chained. */
  'record_unchained',
  /** A link that says it was made by a formula we do not know. */
  'formula_unknown',
  /** The head is further than the last link: the end of the chain is gone. */
  'head_ahead',
  /** The head is behind the last link, or not there. */
  'head_behind',
  /** The head is at the last link and says another hash. */
  'head_differs',
  /** The chain ends before a number that was written down elsewhere. */
  'anchor_missing',
  /** At a number that was written down elsewhere the chain is another. */
  'anchor_differs',
]);

export interface Finding {
  kind: z.infer<typeof findingKind>;
  /** Null for a record that is in no link. */
  seq: number | null;
  /** UUID; null where no record is meant. */
  recordId: string | null;
}

/** Where a chain was at some time, as it was written down off the database. `hash` in hex. */
export const anchor = z.object({
  orgId: z.uuid(),
  seq: z.int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

export type Anchor = z.infer<typeof anchor>;
