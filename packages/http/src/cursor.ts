import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson, type Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';
import type * as z from 'zod';

const maxLength = 512;
const macBytes = 32;
const keyBytes = 32;

/** What a cursor belongs to: used anywhere else it is refused. */
export interface CursorScope {
  operationId: string;
  /** Whose list it is: an organization, or somebody's by name. */
  owner: string;
  /** The list's filters: a cursor of one filter says nothing about another's order. */
  filters?: Json;
}

/**
 * An opaque keyset cursor, base64url of HMAC-SHA256 ‖ position, at most 512 characters.
 * Signed, not secret: put nothing into a position that the list does not show.
 * Carry times as text with microseconds, as Postgres has them: a Date drops digits and so skips or repeats rows.
 */
export function signCursor(key: Uint8Array, scope: CursorScope, position: Json): string {
  const bytes = Buffer.from(JSON.stringify(position));
  const cursor = Buffer.concat([sign(key, scope, bytes), bytes]).toString('base64url');
  if (cursor.length > maxLength) throw new RangeError(`a cursor of ${cursor.length} characters`);
  return cursor;
}

/**
 * The position in a cursor that we signed for this very list.
 * @throws AppError `invalid_cursor`: tampered with, of another owner, route or filter, or of another version of the list.
 */
export function readCursor<Position extends z.ZodType>(
  key: Uint8Array,
  scope: CursorScope,
  cursor: string,
  position: Position,
): z.output<Position> {
  const bytes = Buffer.from(cursor.slice(0, maxLength), 'base64url');
  const claimed = bytes.subarray(0, macBytes);
  const rest = bytes.subarray(macBytes);
  // Re-encoding: base64 decoders skip characters and spare bits, so many texts would be one cursor.
  const genuine =
    bytes.toString('base64url') === cursor &&
    claimed.length === macBytes &&
    timingSafeEqual(claimed, sign(key, scope, rest));
  const result = genuine ? position.safeParse(JSON.parse(rest.toString())) : undefined;
  if (result?.success) return result.data;
  throw new AppError('invalid_cursor', 'The cursor does not belong to this list. Start again without one.');
}

function sign(key: Uint8Array, { operationId, owner, filters = null }: CursorScope, position: Uint8Array): Buffer {
  if (key.length < keyBytes) throw new RangeError(`a cursor key of ${key.length} bytes`);
  // Canonical JSON holds no line break, so the two parts cannot run into each other.
  const scope = canonicalJson(['cursor', operationId, owner, filters]);
  return createHmac('sha256', key).update(`${scope}\n`).update(position).digest();
}
