/** Hours on the clock of a test. */
export type Hours = number;

export interface LotTerms {
  expiresAt: Hours | null;
  origin: string | null;
  release: { at: Hours; to: string } | null;
}

/** What a leg says about lots. Names stand for ids: of a lot, an origin, a posting or a hold. */
export interface LotDetail {
  lot?: LotTerms;
  prefers?: string;
  restores?: string;
}

export interface LotMove extends LotDetail {
  /** The posting or hold that moves it. */
  ref: string;
  account: string;
  amount: number;
}

export interface ModelLot extends LotTerms {
  name: string;
  account: string;
  ref: string;
  amount: number;
  remaining: number;
  /** Negative where it was given back. */
  uses: { ref: string; amount: number }[];
}

const last = Number.POSITIVE_INFINITY;
const byExpiry = (a: ModelLot, b: ModelLot) => {
  const [first, second] = [a.expiresAt ?? last, b.expiresAt ?? last];
  return first === second ? 0 : first - second;
};

/** The lots of all accounts, the oldest first. */
export class ModelLots {
  readonly all: ModelLot[] = [];

  /**
   * Follows what one set moved. `owed` is what each account stood below zero by before it, in what may be spent: credits pay that
   * first. What prefers a lot takes before what prefers an origin, then a posting, then what takes from any.
   */
  move(moves: readonly LotMove[], owed: (account: string) => number): void {
    const debts = new Map<string, number>();
    for (const move of moves.filter(({ amount }) => amount > 0)) {
      const debt = debts.get(move.account) ?? owed(move.account);
      const paid = Math.min(debt, move.amount);
      debts.set(move.account, debt - paid);
      this.#add(move, move.amount - paid);
    }
    const wants = moves.filter(({ amount }) => amount < 0).map((move) => ({ ...move, amount: -move.amount }));
    for (const kind of ['name', 'origin', 'ref'] as const) {
      for (const want of wants.filter(({ prefers }) => prefers !== undefined)) {
        this.#take(want, (lot) => lot[kind] === want.prefers);
      }
    }
    for (const want of wants) this.#take(want, () => true);
  }

  /** What is left and due, the oldest first. */
  due(at: Hours, limit: number, dueAt: (lot: ModelLot) => Hours | null): ModelLot[] {
    return this.all
      .filter((lot) => lot.remaining > 0 && (dueAt(lot) ?? last) <= at)
      .sort((a, b) => (dueAt(a) ?? 0) - (dueAt(b) ?? 0))
      .slice(0, limit);
  }

  #add(move: LotMove, free: number): void {
    if (move.restores === undefined) {
      this.#make(move, move.amount, free);
      return;
    }
    const rest = this.#giveBack(move.account, move.restores, free);
    if (rest > 0) this.#make(move, rest, rest);
  }

  #make({ account, ref, lot }: LotMove, amount: number, remaining: number): void {
    const terms = lot ?? { expiresAt: null, origin: null, release: null };
    const uses = amount > remaining ? [{ ref, amount: amount - remaining }] : [];
    this.all.push({ name: `lot ${this.all.length}`, account, ref, amount, remaining, uses, ...terms });
  }

  /** To the latest expiry first, and the newest of those. Answers what found no lot. */
  #giveBack(account: string, ref: string, amount: number): number {
    let rest = amount;
    const mine = this.all.filter((lot) => lot.account === account).reverse();
    for (const lot of mine.sort((a, b) => byExpiry(b, a))) {
      const used = lot.uses.reduce((sum, use) => (use.ref === ref ? sum + use.amount : sum), 0);
      const back = Math.min(used, rest);
      if (back <= 0) continue;
      lot.remaining += back;
      lot.uses.push({ ref, amount: -back });
      rest -= back;
    }
    return rest;
  }

  #take(want: LotMove, fits: (lot: ModelLot) => boolean): void {
    for (const lot of this.all.filter((one) => one.account === want.account && fits(one)).sort(byExpiry)) {
      const taken = Math.min(lot.remaining, want.amount);
      if (taken <= 0) continue;
      lot.remaining -= taken;
      lot.uses.push({ ref: want.ref, amount: taken });
      want.amount -= taken;
    }
  }
}
