/** Σ of the points posted to a wallet, by why; each a positive number or 0. */
interface PointsByKind {
  /** Credited for sales, net of cancelled ones; pending points included. */
  earned: number;
  /** Taken back because of refunds. */
  clawedBack: number;
  /** Credited by hand. */
  adjustedUp: number;
}

/**
 * Points a customer ever got: active + pending + redeemed + expired (case L59). What leaves a wallet (redeemed, expired, debited by
 * hand) does not lower it; a clawback does, since its sale was undone: what was bought and given back must not lift a tier.
 */
export function lifetimePoints({ earned, clawedBack, adjustedUp }: PointsByKind): number {
  return earned + adjustedUp - clawedBack;
}
