import fc from 'fast-check';
import { type Command, command, type Transfer, type Wish } from './commands.ts';
import { holdPosting, type ModelHold, type ModelPosting, type ModelReversal } from './model.ts';
import type { Hours, LotTerms } from './model-lots.ts';

/** A command at its time, in the names of the model. */
export type Operation =
  | { do: 'post'; batch: ModelPosting[] }
  | { do: 'hold'; batch: ModelHold[] }
  | { do: 'resolve'; asked: [key: string, amount: number | null][]; at: Hours }
  | { do: 'reverse'; wanted: ModelReversal }
  | { do: 'expire holds' | 'expire lots' | 'release lots'; at: Hours; limit: number }
  | { do: 'fold' };

const give = (key: string, from: string, to: string, amount: number, lot?: LotTerms): ModelPosting => ({
  key,
  kind: 'transfer',
  overdraw: false,
  legs: [
    { account: from, amount: -amount },
    { account: to, amount, ...(lot && { lot }) },
  ],
});

/** So that there is something to spend, hold, expire and release from the first. */
const opening: readonly ModelPosting[] = [
  give('p0', 'owed', 'ann', 12, { expiresAt: 4, origin: 'origin 1', release: null }),
  give('p1', 'owed', 'ann', 9, { expiresAt: 2, origin: null, release: null }),
  give('p2', 'bank', 'credit', 7),
  give('p3', 'bank', 'capped', 45),
  give('p4', 'owed', 'plain', 10),
  give('p5', 'owed', 'soon', 10, { expiresAt: 6, origin: 'origin 2', release: { at: 3, to: 'ann' } }),
];

const heldFirst: readonly ModelHold[] = [
  { key: 'h0', debit: 'ann', credit: 'bank', amount: 10, expiresAt: 3 },
  { key: 'h1', debit: 'credit', credit: 'capped', amount: 8, expiresAt: 5 },
];

/** What somebody might do to the books of `chart` in the course of some hours. */
export const operations = fc
  .noBias(fc.array(command, { minLength: 4, maxLength: 14, size: 'max' }))
  .map((commands) => new Course(commands).done);

/** Gives commands their time and keys, and what they refer to its name. */
class Course {
  readonly done: Operation[] = [
    { do: 'post', batch: [...opening] },
    { do: 'hold', batch: [...heldFirst] },
  ];
  readonly #postings = opening.map(({ key }) => key);
  readonly #holds = heldFirst.map(({ key }) => key);
  readonly #reversals: string[] = [];
  #at: Hours = 0;

  constructor(commands: readonly Command[]) {
    for (const one of commands) {
      if (one.do === 'wait') this.#at += one.hours;
      else if (one.do === 'again') this.done.push(this.done[one.which % this.done.length] as Operation);
      else this.done.push(this.#operation(one));
    }
  }

  #operation(one: Exclude<Command, { do: 'wait' | 'again' }>): Operation {
    switch (one.do) {
      case 'post':
        return { do: one.do, batch: one.transfers.map((wanted) => this.#posting(wanted)) };
      case 'hold':
        return { do: one.do, batch: one.wishes.map((wanted) => this.#hold(wanted)) };
      case 'resolve':
        return {
          do: one.do,
          asked: one.resolutions.map(({ which, amount }) => [
            this.#holds[which % this.#holds.length] as string,
            amount,
          ]),
          at: this.#at,
        };
      case 'reverse': {
        const originals = [...this.#postings, ...this.#holds.map(holdPosting), ...this.#reversals];
        const { which, part, overdraw } = one;
        const key = this.#key('r', this.#reversals, one);
        return { do: one.do, wanted: { key, original: originals[which % originals.length] as string, part, overdraw } };
      }
      case 'fold':
        return { do: one.do };
      default:
        return { do: one.do, at: this.#at, limit: one.limit };
    }
  }

  #key(prefix: string, known: string[], { reusesKey, which }: { reusesKey: boolean; which: number }): string {
    const used = known[which % known.length];
    if (reusesKey && used !== undefined) return used;
    const key = `${prefix}${known.length}`;
    known.push(key);
    return key;
  }

  #hold(wanted: Wish): ModelHold {
    const { from, to, amount, expiresIn } = wanted;
    // The sides of a hold differ: the database takes no other.
    const credit = to === from ? (from === 'bank' ? 'owed' : 'bank') : to;
    return { key: this.#key('h', this.#holds, wanted), debit: from, credit, amount, expiresAt: this.#at + expiresIn };
  }

  #posting(wanted: Transfer): ModelPosting {
    const { from, to, amount, split, overdraw, expiresIn, origin, releasesIn, prefers } = wanted;
    const lot: LotTerms = {
      origin,
      expiresAt: expiresIn === null ? null : this.#at + expiresIn,
      release: releasesIn !== null && to === 'soon' ? { at: this.#at + releasesIn, to: 'ann' } : null,
    };
    const rest = split && split.amount < amount ? split : null;
    return {
      key: this.#key('p', this.#postings, wanted),
      kind: overdraw ? 'clawback' : 'transfer',
      overdraw,
      legs: [
        { account: from, amount: -amount, ...(prefers !== null && { prefers }) },
        { account: to, amount: amount - (rest?.amount ?? 0), lot },
        ...(rest ? [{ account: rest.also, amount: rest.amount }] : []),
      ],
    };
  }
}
