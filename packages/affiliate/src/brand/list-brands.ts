import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { asc, gt } from 'drizzle-orm';
import * as z from 'zod';
import { brands } from './brand.sql.ts';
import { serializeBrand } from './brand.ts';

/** Behind the brand of this slug. */
export const brandPosition = z.string().max(41);

const listBrandsInput = z.strictObject({ limit: z.int().positive(), after: brandPosition.optional() });

/** The catalogue by slug, the same for every organization: at most `limit`, each with the position a next page continues from. */
export const listBrands = verb(listBrandsInput, async (context: TenantContext, { limit, after }) => {
  const rows = await readTenant(context, (reader) =>
    reader
      .select()
      .from(brands)
      .where(after === undefined ? undefined : gt(brands.slug, after))
      .orderBy(asc(brands.slug))
      .limit(limit),
  );
  return rows.map((row) => ({ item: serializeBrand(row), position: row.slug }));
});
