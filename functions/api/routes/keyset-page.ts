import type { Json } from '@tributary/core/canonical-json';
import type { Consumer, Member } from '@tributary/http/authenticate';
import { readCursor, signCursor } from '@tributary/http/cursor';
import { toPage } from '@tributary/http/page';
import type * as z from 'zod';

/** One object of a list, and where a page that follows it begins. */
interface Listed<Item, Position> {
  item: Item;
  position: Position;
}

interface Page {
  limit: number;
  cursor?: string | undefined;
}

/** What was asked of a list, as a handler gets it: whatever is no part of the page decides what is in the list. */
interface Asked {
  params: object;
  query: Page;
}

/** Without the index signature by which a schema says that it has no fields. */
type Named<Fields> = { [Name in keyof Fields as string extends Name ? never : Name]: Fields[Name] };

/** The filters as they were asked, with as many objects to read and the position to read behind. */
type Reading<Input extends Asked, Position> = Named<Input['params']> &
  Omit<Input['query'], keyof Page> & { limit: number; after?: Position };

interface List<Item, Input extends Asked, Position extends z.ZodType<Json>> {
  operationId: string;
  position: Position;
  read: (page: Reading<Input, z.output<Position>>) => Promise<Listed<Item, z.output<Position>>[]>;
}

/**
 * Answers one page of a list. Asks for one object more than it shows, to know whether others follow.
 * A cursor holds for the very filters it was made for, those in the path too.
 */
export async function keysetPage<Item, Input extends Asked, Position extends z.ZodType<Json>>(
  { auth, cursorKey }: { auth: Member | Consumer; cursorKey: Uint8Array },
  { params, query }: Input,
  { operationId, position, read }: List<Item, Input, Position>,
) {
  const { limit, cursor, ...others }: Page = query;
  // Spread out and together again, which the compiler does not follow through type parameters.
  const filters = { ...params, ...others } as Omit<Reading<Input, never>, 'limit' | 'after'>;
  const given = Object.entries(filters).filter((filter): filter is [string, Json] => filter[1] !== undefined);
  const scope = { operationId, owner: ownerOf(auth), filters: Object.fromEntries(given) };
  const after = cursor === undefined ? {} : { after: readCursor(cursorKey, scope, cursor, position) };
  const rows = await read({ ...filters, limit: limit + 1, ...after } as Reading<Input, z.output<Position>>);
  return toPage(
    rows,
    limit,
    ({ item }) => item,
    (last) => signCursor(cursorKey, scope, last.position),
  );
}

/** A member pages for the organization, so that a colleague may go on; a consumer for nobody else. */
function ownerOf(auth: Member | Consumer): string {
  return auth.role === 'consumer' ? `consumer ${auth.subject}` : auth.orgId;
}
