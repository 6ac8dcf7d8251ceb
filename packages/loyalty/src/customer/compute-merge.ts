import type { Leg } from '@tributary/ledger/post';

export interface MovingLot {
  id: string;
  remaining: number;
  origin: string | null;
  expiresAt: Date | null;
  /** When it can be spent; null: now. */
  availableAt: Date | null;
}

/** One account of a wallet that is merged, and the one of the other wallet its points go to. */
export interface Move {
  fromAccountId: string;
  intoAccountId: string;
  /** In points; below zero when more was taken back than there was. */
  balance: number;
  lots: readonly MovingLot[];
  /** Where lots that wait go once they can be spent: the account of the other wallet. */
  releasesTo: string;
}

/** Pairs of legs that leave nothing behind: lot by lot with the dates and the origin of each, or the debt. */
export function computeMerge({ fromAccountId, intoAccountId, balance, lots, releasesTo }: Move): Leg[] {
  const held = lots.reduce((sum, { remaining }) => sum + remaining, 0);
  if (held !== Math.max(balance, 0)) throw new Error('the lots of an account do not make up its balance');
  if (balance < 0) {
    return [
      { accountId: intoAccountId, amount: balance },
      { accountId: fromAccountId, amount: -balance },
    ];
  }
  return lots.flatMap(({ id, remaining, origin, expiresAt, availableAt }): Leg[] => [
    { accountId: fromAccountId, amount: -remaining, prefers: id },
    {
      accountId: intoAccountId,
      amount: remaining,
      lot: {
        expiresAt,
        ...(origin !== null && { origin }),
        ...(availableAt && { release: { at: availableAt, accountId: releasesTo } }),
      },
    },
  ]);
}
