import type * as z from 'zod';
import { walletEntry } from '../wallet/entry.ts';

/** An entry without what is the merchant's: reasons, and the names its provider gives to sales. */
export const ownEntry = walletEntry
  .pick({ version: true, type: true, kind: true, points: true, balanceAfter: true, effectiveAt: true })
  .meta({ id: 'OwnEntry', description: 'One line of the ledger of a wallet, as its owner sees it.' });

type OwnEntry = z.infer<typeof ownEntry>;

interface OwnEntryRow {
  version: number;
  amount: number;
  balanceAfter: number;
  kind: string;
  effectiveAt: Date;
}

export function serializeOwnEntry({ version, amount, balanceAfter, kind, effectiveAt }: OwnEntryRow): OwnEntry {
  return {
    version,
    type: amount > 0 ? 'credit' : 'debit',
    kind,
    points: Math.abs(amount),
    balanceAfter,
    effectiveAt: effectiveAt.toISOString(),
  };
}
