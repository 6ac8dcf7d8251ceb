import { type Hours, type LotDetail, type LotMove, ModelLots } from './model-lots.ts';

export interface ModelLeg extends LotDetail {
  account: string;
  amount: number;
}

export interface ModelPosting {
  key: string;
  kind: string;
  overdraw: boolean;
  legs: readonly ModelLeg[];
}

export interface ModelHold {
  key: string;
  debit: string;
  credit: string;
  amount: number;
  expiresAt: Hours;
}

export interface ModelReversal {
  key: string;
  original: string;
  part: number | null;
  overdraw: boolean;
}

interface Terms {
  mode: 'authorizing' | 'recording';
  unit: string;
  floor: number | null;
  ceiling: number | null;
  keepsLots: boolean;
}

interface Account extends Terms {
  balance: number;
  pendingDebits: number;
  pendingCredits: number;
  overdrawn: boolean;
  entries: { key: string; kind: string; amount: number; balanceAfter: number }[];
}

type Open = ModelHold & { status: string; posted: number | null };

const holdRef = (key: string) => `hold ${key}`;
/** How the posting of a hold is called. */
export const holdPosting = (key: string) => `hold:${holdRef(key)}`;

/** What a ledger should do, in memory and one thing after the other. Names stand for ids. */
export class Model {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly lots = new ModelLots();
  readonly holds = new Map<string, Open>();
  readonly postings = new Map<string, { request: string; legs: readonly ModelLeg[] }>();
  readonly #reversed = new Map<string, Map<string, number>>();

  constructor(chart: Readonly<Record<string, Terms>>) {
    const empty = { balance: 0, pendingDebits: 0, pendingCredits: 0, overdrawn: false };
    this.accounts = new Map(Object.entries(chart).map(([code, terms]) => [code, { ...terms, ...empty, entries: [] }]));
  }

  post(batch: readonly ModelPosting[], request: (posting: ModelPosting) => string = JSON.stringify): string[] {
    const moves: LotMove[] = [];
    const outcomes = batch.map((posting) => {
      const outcome = this.#known(posting.key, request(posting)) ?? this.#refusal(posting) ?? 'posted';
      if (outcome === 'posted') moves.push(...this.#apply(posting, request(posting)));
      return outcome;
    });
    this.#settle(moves);
    return outcomes;
  }

  hold(batch: readonly ModelHold[]): string[] {
    return batch.map((wanted) => {
      const known = this.holds.get(wanted.key);
      if (known) {
        const { status: _, posted: __, ...request } = known;
        return JSON.stringify(request) === JSON.stringify(wanted) ? 'replayed' : 'conflict';
      }
      const [payer, payee] = [this.accounts.get(wanted.debit), this.accounts.get(wanted.credit)];
      if (!payer || !payee || payer.unit !== payee.unit) return 'unknown_account';
      if (payer.floor !== null && payer.balance - payer.pendingDebits - wanted.amount < payer.floor) {
        return 'floor_violated';
      }
      if (payee.ceiling !== null && payee.balance + payee.pendingCredits + wanted.amount > payee.ceiling) {
        return 'ceiling_violated';
      }
      this.holds.set(wanted.key, { ...wanted, status: 'pending', posted: null });
      this.#setAside(wanted, wanted.amount);
      this.#settle([{ ref: holdRef(wanted.key), account: wanted.debit, amount: -wanted.amount }]);
      return 'held';
    });
  }

  resolve(key: string, amount: number | null, at: Hours): string {
    const held = this.holds.get(key);
    if (!held) return 'unknown_hold';
    if (held.status !== 'pending') return `already_${held.status}`;
    const outcome = held.expiresAt <= at ? 'expired' : amount === null ? 'voided' : 'posted';
    const captured = outcome === 'posted' ? (amount ?? 0) : 0;
    if (captured > held.amount) return 'exceeds_hold';
    Object.assign(held, { status: outcome, posted: captured || null });
    this.#setAside(held, -held.amount);
    const payer = this.#account(held.debit);
    payer.overdrawn &&= payer.balance - payer.pendingDebits < (payer.floor ?? Number.NEGATIVE_INFINITY);
    this.#settle([{ ref: holdRef(key), account: held.debit, amount: held.amount, restores: holdRef(key) }]);
    if (captured > 0) this.post([this.#capture(held, captured)]);
    return outcome;
  }

  expireHolds(at: Hours, limit: number): string[] {
    const due = [...this.holds.values()].filter(({ status, expiresAt }) => status === 'pending' && expiresAt <= at);
    const keys = due.sort((a, b) => a.expiresAt - b.expiresAt).slice(0, limit);
    return keys.map(({ key }) => {
      this.resolve(key, null, at);
      return key;
    });
  }

  reverse(wanted: ModelReversal): string {
    const { key, original, part, overdraw } = wanted;
    const known = this.#known(key, JSON.stringify(wanted));
    if (known) return known;
    const reversed = this.#reversed.get(original) ?? new Map<string, number>();
    const legs = netted(this.postings.get(original)?.legs ?? []);
    if (legs.length === 0) return 'unknown_posting';
    const left = legs.map(({ account, amount }) => ({ account, amount: amount + (reversed.get(account) ?? 0) }));
    if (left.every(({ amount }) => amount === 0)) return 'nothing_left';
    if (part !== null && (left.length !== 2 || part > Math.abs(left[0]?.amount ?? 0))) return 'exceeds_posting';
    const mirror = left.map(({ account, amount }): ModelLeg => {
      const back = part === null ? -amount : -Math.sign(amount) * part;
      return { account, amount: back, ...(back > 0 ? { restores: original } : { prefers: original }) };
    });
    const kind = overdraw ? 'clawback' : 'reversal';
    const [outcome = ''] = this.post([{ key, kind, overdraw, legs: mirror }], () => JSON.stringify(wanted));
    if (outcome === 'posted') {
      for (const { account, amount } of mirror) reversed.set(account, (reversed.get(account) ?? 0) + amount);
      this.#reversed.set(original, reversed);
    }
    return outcome;
  }

  expireLots(at: Hours, limit: number, into: string): number {
    const due = this.lots.due(at, limit, ({ expiresAt, release }) => (release ? null : expiresAt));
    this.post(
      due.map(({ name, account, remaining, uses }) => ({
        key: `lot:${name}:expire:${uses.length}`,
        kind: 'expire',
        overdraw: false,
        legs: [
          { account, amount: -remaining, prefers: name },
          { account: into, amount: remaining },
        ],
      })),
    );
    return due.length;
  }

  releaseLots(at: Hours, limit: number): number {
    const due = this.lots.due(at, limit, ({ release }) => release?.at ?? null);
    this.post(
      due.map(({ name, account, remaining, uses, release, expiresAt, origin }) => ({
        key: `lot:${name}:release:${uses.length}`,
        kind: 'release',
        overdraw: false,
        legs: [
          { account, amount: -remaining, prefers: name },
          { account: release?.to ?? '', amount: remaining, lot: { expiresAt, origin, release: null } },
        ],
      })),
    );
    return due.length;
  }

  #account(code: string): Account {
    const account = this.accounts.get(code);
    if (!account) throw new Error(`no account ${code}`);
    return account;
  }

  #known(key: string, request: string): string | undefined {
    const posted = this.postings.get(key);
    return posted && (posted.request === request ? 'replayed' : 'conflict');
  }

  #refusal({ legs, overdraw }: ModelPosting): string | undefined {
    const after = new Map<string, number>();
    for (const { account: code, amount } of legs) {
      const account = this.accounts.get(code);
      if (!account) return 'unknown_account';
      const balance = (after.get(code) ?? account.balance) + amount;
      after.set(code, balance);
      const { floor, ceiling, pendingDebits, pendingCredits } = account;
      if (amount < 0 && !overdraw && floor !== null && balance < floor + pendingDebits) return 'floor_violated';
      if (amount > 0 && ceiling !== null && balance > ceiling - pendingCredits) return 'ceiling_violated';
    }
    return undefined;
  }

  #apply({ key, kind, legs }: ModelPosting, request: string): LotMove[] {
    this.postings.set(key, { request, legs });
    return legs.map(({ account: code, amount, ...detail }) => {
      const account = this.#account(code);
      account.balance += amount;
      if (account.mode === 'authorizing') {
        account.entries.push({ key, kind, amount, balanceAfter: account.balance });
        account.overdrawn = account.floor !== null && account.balance < account.floor + account.pendingDebits;
      }
      return { ref: key, account: code, amount, ...detail };
    });
  }

  #capture({ key, debit, credit }: ModelHold, amount: number): ModelPosting {
    const legs = [
      { account: debit, amount: -amount },
      { account: credit, amount },
    ];
    return { key: holdPosting(key), kind: 'capture', overdraw: true, legs };
  }

  #setAside({ debit, credit }: ModelHold, amount: number): void {
    const [payer, payee] = [this.#account(debit), this.#account(credit)];
    if (payer.mode === 'authorizing') payer.pendingDebits += amount;
    if (payee.mode === 'authorizing') payee.pendingCredits += amount;
  }

  #settle(moves: readonly LotMove[]): void {
    const kept = moves.filter(({ account }) => this.#account(account).keepsLots);
    this.lots.move(kept, (code) => {
      const { balance, pendingDebits } = this.#account(code);
      const net = kept.reduce((sum, { account, amount }) => (account === code ? sum + amount : sum), 0);
      return Math.max(0, net - balance + pendingDebits);
    });
  }
}

/** What a posting did to each account, in the order of accounts. */
function netted(legs: readonly ModelLeg[]): { account: string; amount: number }[] {
  const sums = new Map<string, number>();
  for (const { account, amount } of legs) sums.set(account, (sums.get(account) ?? 0) + amount);
  const rows = [...sums].map(([account, amount]) => ({ account, amount })).filter(({ amount }) => amount !== 0);
  return rows.sort((a, b) => (a.account < b.account ? -1 : 1));
}
