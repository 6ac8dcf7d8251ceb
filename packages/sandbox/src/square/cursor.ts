import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Refused } from './errors.ts';

/** Where the next page begins: after a row, or after so many rows. */
const position = z.union([
  z.strictObject({ key: z.int(), id: z.string() }),
  z.strictObject({ skip: z.int().nonnegative() }),
]);
const written = z.strictObject({ at: position, of: z.string() });

export type Position = z.infer<typeof position>;

/** Opaque to the caller, and good for the query that it came from alone. */
export function writeCursor(at: Position, query: string): string {
  return Buffer.from(JSON.stringify({ at, of: fingerprint(query) })).toString('base64url');
}

/** @throws Refused INVALID_CURSOR */
export function readCursor(cursor: string, query: string): Position {
  const read = written.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!read.success || read.data.of !== fingerprint(query)) throw new Refused('INVALID_CURSOR', undefined, 'cursor');
  return read.data.at;
}

function fingerprint(query: string): string {
  return createHash('sha256').update(query).digest('base64url').slice(0, 12);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
