import * as z from 'zod';
import type { brands } from './brand.sql.ts';

/** A row of the catalogue, as it is shown, without what connecting takes: only its adapter knows that. */
export const listedBrand = z.strictObject({
  slug: z.string(),
  name: z.string(),
  authType: z.enum(['api_key', 'bearer', 'basic', 'login', 'upload']),
  status: z
    .enum(['active', 'beta', 'deprecated', 'broken'])
    .describe('`beta`: written from the documentation, and no real account was asked yet.'),
  baseUrl: z.string().nullable().describe('Null where each operator has a host of its own.'),
  rateLimit: z
    .strictObject({ calls: z.int(), seconds: z.int(), scope: z.string() })
    .nullable()
    .describe('How often it may be asked, as it publishes.'),
  windowDays: z.int().positive().describe('How many days one question covers.'),
  limitations: z.array(z.string()),
});

type ListedBrand = z.infer<typeof listedBrand>;

export function serializeBrand({ adapterKey: _, rateLimit, ...row }: typeof brands.$inferSelect): ListedBrand {
  return { ...row, rateLimit: listedBrand.shape.rateLimit.parse(rateLimit) };
}
