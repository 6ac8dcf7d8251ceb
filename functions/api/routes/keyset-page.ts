import type { Json } from '@tributary/core/canonical-json';
import type { Principal } from '@tributary/http/authenticate';
import { readCursor, signCursor } from '@tributary/http/cursor';
import { toPage } from '@tributary/http/page';
import type * as z from 'zod';

/** One object of a list, and where a page that follows it begins. */
interface Listed<Item, Position> {
  item: Item;
  position: Position;
}

interface List<Item, Position extends z.ZodType<Json>> {
  operationId: string;
  /** Everything but the page that decides what is in the list: a cursor holds for these alone. */
  filters: Readonly<Record<string, string | undefined>>;
  position: Position;
  /** Asks for that many, behind `after`. */
  read: (page: { limit: number; after?: z.output<Position> }) => Promise<Listed<Item, z.output<Position>>[]>;
}

/** Answers one page of a list. Asks for one object more than it shows, to know whether others follow. */
export async function keysetPage<Item, Position extends z.ZodType<Json>>(
  { auth, cursorKey }: { auth: Principal; cursorKey: Uint8Array },
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  { operationId, filters, position, read }: List<Item, Position>,
) {
  const given = Object.entries(filters).filter((filter): filter is [string, string] => filter[1] !== undefined);
  const scope = { operationId, owner: ownerOf(auth), filters: Object.fromEntries(given) };
  const after = cursor === undefined ? {} : { after: readCursor(cursorKey, scope, cursor, position) };
  const rows = await read({ limit: limit + 1, ...after });
  return toPage(
    rows,
    limit,
    ({ item }) => item,
    (last) => signCursor(cursorKey, scope, last.position),
  );
}

/** A member pages for the organization, so that a colleague may go on; a consumer for nobody else. */
function ownerOf(auth: Principal): string {
  return auth.role === 'consumer' ? `consumer ${auth.subject}` : auth.orgId;
}
