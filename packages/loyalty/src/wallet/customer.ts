import { idPrefixes, showId } from '@tributary/core/ids';
import * as z from 'zod';
import type { customers } from './wallet.sql.ts';

/** A customer's id as a filter: one that names nobody finds nothing, a malformed one is the caller's mistake. */
export const customerId = z
  .string()
  .regex(new RegExp(`^${idPrefixes.customer}_[0-7][0-9a-hjkmnp-tv-z]{25}$`), 'must be the id of a customer');

export const customer = z
  .strictObject({ id: z.string(), provider: z.string(), externalId: z.string().describe('The id at the provider.') })
  .meta({ id: 'Customer', description: 'Who bought. Nothing by which to reach the person.' });

export type Customer = z.infer<typeof customer>;

export function serializeCustomer(row: Omit<typeof customers.$inferSelect, 'orgId'>): Customer {
  return { ...row, id: showId('customer', row.id) };
}
