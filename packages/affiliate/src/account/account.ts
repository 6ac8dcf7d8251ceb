import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import type { accounts } from './account.sql.ts';

/** An account at an affiliate network, as it is shown. */
export const networkAccount = z
  .strictObject({
    connectionId: z.string(),
    brand: z.string(),
    label: z.string().nullable(),
    timeZone: z.string(),
    currency: z.string().length(3),
    createdAt: z.iso.datetime(),
  })
  .meta({
    id: 'NetworkAccount',
    description: 'An account at an affiliate network: its days are in this time zone, its amounts in this currency.',
  });

export type NetworkAccount = z.infer<typeof networkAccount>;

export function serializeAccount({ orgId: _, ...row }: typeof accounts.$inferSelect): NetworkAccount {
  return {
    ...row,
    connectionId: showId('connection', row.connectionId),
    createdAt: row.createdAt.toISOString(),
  };
}
