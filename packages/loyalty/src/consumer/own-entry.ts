import { walletEntry } from '../wallet/entry.ts';

/** An entry without what is the merchant's: reasons, and the names its provider gives to sales. */
export const ownEntry = walletEntry
  .pick({ version: true, type: true, kind: true, points: true, balanceAfter: true, effectiveAt: true })
  .meta({ id: 'OwnEntry', description: 'One line of the ledger of a wallet, as its owner sees it.' });
