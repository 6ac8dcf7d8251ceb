import { showId } from '@tributary/core/ids';
import * as z from 'zod';

export const walletEntry = z
  .strictObject({
    version: z.int().positive().describe('Counts the entries of the wallet from 1, without gaps.'),
    type: z.enum(['credit', 'debit']),
    kind: z.string().describe('Why: `earn`, `clawback`, `return`, `redeem`, `expire`, `release`, `adjust`, `merge`.'),
    description: z.string().nullable().describe('Of an adjustment: the reason that was given.'),
    points: z.int().positive(),
    balanceAfter: z.int(),
    source: z
      .strictObject({ provider: z.string(), transactionId: z.string(), providerTransactionId: z.string() })
      .nullable()
      .describe('The sale behind it.'),
    effectiveAt: z.iso.datetime().describe('When it counts: for points earned, the time of the sale.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'WalletEntry', description: 'One line of the ledger of a wallet. Never changed.' });

export type WalletEntry = z.infer<typeof walletEntry>;

type Movement = Pick<WalletEntry, 'version' | 'type' | 'kind' | 'points' | 'balanceAfter' | 'effectiveAt'>;

interface MovementRow {
  version: number;
  amount: number;
  balanceAfter: number;
  posting: { kind: string; effectiveAt: Date };
}

interface EntryRow extends MovementRow {
  posting: MovementRow['posting'] & { createdAt: Date };
  sale: { id: string; provider: string; providerTransactionId: string } | null;
  description: string | null;
}

export function serializeEntry({ sale, description, ...movement }: EntryRow): WalletEntry {
  return {
    ...serializeMovement(movement),
    description,
    source: sale && {
      provider: sale.provider,
      transactionId: showId('transaction', sale.id),
      providerTransactionId: sale.providerTransactionId,
    },
    createdAt: movement.posting.createdAt.toISOString(),
  };
}

/** The part of an entry that its owner sees too. */
export function serializeMovement({ version, amount, balanceAfter, posting }: MovementRow): Movement {
  return {
    version,
    type: amount > 0 ? 'credit' : 'debit',
    kind: posting.kind,
    points: Math.abs(amount),
    balanceAfter,
    effectiveAt: posting.effectiveAt.toISOString(),
  };
}
