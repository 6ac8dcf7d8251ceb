import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import type { adjustments } from './adjustment.sql.ts';

export const adjustment = z
  .strictObject({
    id: z.string(),
    walletId: z.string(),
    points: z.int().describe('What was credited, or debited when negative.'),
    balanceAfter: z.int().describe('Points of the wallet after it, with those that rewards hold.'),
    reason: z.string(),
    actor: z.string().describe('Who did it: the subject of the token.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Adjustment', description: 'A correction of a wallet by hand.' });

export type Adjustment = z.infer<typeof adjustment>;

type AdjustmentRow = Omit<typeof adjustments.$inferSelect, 'orgId' | 'postingId'> & { balanceAfter: number };

export function serializeAdjustment(row: AdjustmentRow): Adjustment {
  return {
    ...row,
    id: showId('adjustment', row.id),
    walletId: showId('wallet', row.walletId),
    createdAt: row.createdAt.toISOString(),
  };
}
