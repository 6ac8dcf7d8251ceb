import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';

/** As many characters of a name as a cursor has room for. */
const prefixCharacters = 40;

const prefix = (name: SQL): SQL => sql`left(${name}, ${sql.raw(String(prefixCharacters))}) collate "C"`;

/** The order of names in a list: by bytes as far as a cursor can say, and then by what tells apart those alike up to there. */
export const nameKey = (name: SQL): SQL => sql`${prefix(name)}, md5(${name})`;

/** The same as columns. */
export const nameColumns = (name: SQL): SQL => sql`${prefix(name)} as prefix, md5(${name}) as hash`;

export const namePosition = z.tuple([z.string().max(2 * prefixCharacters), z.string().regex(/^[0-9a-f]{32}$/)]);
