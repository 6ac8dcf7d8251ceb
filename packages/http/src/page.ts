import * as z from 'zod';
import { type FileKind, isFile } from './file.ts';

const maxLimit = 100;
const defaultLimit = 25;

/** An integer in a query string: digits only, so that `1e2`, ` 5`, `0x10` and the empty string are refused. */
export function queryInteger(min: number, max: number) {
  return z
    .string()
    .regex(/^-?[0-9]{1,15}$/, 'must be an integer')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

/** Query of every list; add filters with `pageQuery.extend({ … })`. */
export const pageQuery = z.strictObject({
  limit: queryInteger(1, maxLimit).default(defaultLimit).describe('Objects per page.'),
  cursor: z.string().max(512).optional().describe('`nextCursor` of the page before.'),
});

/** Response of every list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    data: z.array(item),
    nextCursor: z.string().nullable().describe('Null on the last page.'),
  });
}

/** Whether it is a page of a list in JSON. */
export function isPage(response: z.ZodType | FileKind): boolean {
  return response instanceof z.ZodObject && 'nextCursor' in response.shape;
}

/** Whether it is a page of anything, a file too. What is has no ETag. */
export function isInPages(response: z.ZodType | FileKind): boolean {
  return isFile(response) ? response.isPaged : isPage(response);
}

/**
 * A page from up to `limit + 1` rows: the one too many says that more follow and is not shown.
 * @param cursorAfter a signed cursor (`signCursor`) that continues behind the row
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  serialize: (row: Row) => Item,
  cursorAfter: (row: Row) => string,
): { data: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(serialize),
    nextCursor: rows.length > limit && last !== undefined ? cursorAfter(last) : null,
  };
}
