import { randomUUID } from 'node:crypto';

/** An organization with something of everything the ledger keeps: ids, and a key it has used. */
export interface Books {
  orgId: string;
  /** Keeps lots. */
  wallet: string;
  /** Recording. */
  owed: string;
  /** Neither. */
  till: string;
  safe: string;
  posting: string;
  lot: string;
  hold: string;
  key: string;
}

const hash = Buffer.alloc(16, 1);
const at = new Date('2026-01-01T00:00:00Z');
const later = new Date('2126-01-01T00:00:00Z');

/** A statement that asks one function of the ledger. */
export type Question = [text: string, values: readonly unknown[]];

interface Move {
  from: string;
  to: string;
  amount?: number;
  /** Details of the lots it takes from, and makes or gives back. */
  takes?: object;
  makes?: object;
}

/** Posts a posting of two legs, or of none. */
export function asksToPost(orgId: string, key: string, move?: Move): Question {
  const legs = move ? [move.from, move.to] : [];
  const amount = move?.amount ?? 1;
  const lots = [move?.takes, move?.makes].map((lot) => (lot ? JSON.stringify(lot) : null));
  return [
    'select outcome from ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
    [
      ...[orgId, [key], [hash], ['earn'], [at], [null], [false]],
      ...[legs.map(() => 1), legs, [-amount, amount].slice(0, legs.length), lots.slice(0, legs.length)],
    ],
  ];
}

export const asksToHold = (orgId: string, key: string, debit: string, credit: string): Question => [
  'select outcome from ledger.hold($1, $2, $3, $4, $5, $6, $7)',
  [orgId, [key], [hash], [debit], [credit], [1], [later]],
];
const asksToResolve = (orgId: string, hold: string): Question => [
  'select outcome, posting_id from ledger.resolve_holds($1, $2, $3, $4, $5, $6)',
  [orgId, [hold], [1], 'redeem', null, at],
];
export const asksToReverse = (orgId: string, key: string, posting: string): Question => [
  'select outcome, posting_id from ledger.reverse($1, $2, $3, $4, $5, $6, $7, $8)',
  [orgId, key, hash, 'refund', at, null, true, posting],
];
export const asksToFold = (orgId: string, account: string): Question => [
  'select ledger.fold($1, $2) as records',
  [orgId, account],
];
const asksToLock = (orgId: string, account: string): Question => [
  'select * from ledger.lock_accounts($1, $2)',
  [orgId, [account]],
];

interface Trespass {
  what: string;
  /** The function asked. */
  verb: string;
  /** About the organization `of`, by somebody of `by`. */
  ask: (of: Books, by: Books) => Question;
  answer: object[] | { refused: string };
  /** What is answered to B itself while no organization is set, where that differs. */
  unbound?: object[];
}

const unknownAccount = [{ outcome: 'unknown_account' }];
const fresh = () => randomUUID();

/** What somebody may try on another organization by way of the functions, which take the organization as a parameter. */
export const trespasses: readonly Trespass[] = [
  {
    what: 'posts as B, with a key B has used',
    verb: 'post',
    ask: (of) => asksToPost(of.orgId, of.key, { from: of.owed, to: of.wallet }),
    answer: unknownAccount,
  },
  {
    what: 'moves as B, with a key B has used',
    verb: 'post',
    ask: (of) => asksToPost(of.orgId, of.key, { from: of.till, to: of.safe }),
    answer: unknownAccount,
  },
  {
    what: 'moves as B, with a new key',
    verb: 'post',
    ask: (of) => asksToPost(of.orgId, fresh(), { from: of.till, to: of.safe }),
    answer: unknownAccount,
  },
  {
    what: 'moves from an account of B to its own',
    verb: 'post',
    ask: (of, by) => asksToPost(by.orgId, fresh(), { from: of.till, to: by.safe }),
    answer: unknownAccount,
  },
  {
    what: 'posts as B, without legs',
    verb: 'post',
    ask: (of) => asksToPost(of.orgId, of.key),
    answer: { refused: 'LB001' },
  },
  {
    what: 'posts as B on accounts of its own',
    verb: 'post',
    ask: (of, by) => asksToPost(of.orgId, fresh(), { from: by.owed, to: by.wallet }),
    answer: unknownAccount,
  },
  {
    what: 'posts to an account of B',
    verb: 'post',
    ask: (of, by) => asksToPost(by.orgId, fresh(), { from: by.owed, to: of.wallet }),
    answer: unknownAccount,
  },
  {
    what: 'takes from a lot of B',
    verb: 'post',
    ask: (of, by) => asksToPost(by.orgId, fresh(), { from: by.wallet, to: by.owed, takes: { prefers: of.lot } }),
    answer: [{ outcome: 'posted' }],
    unbound: unknownAccount,
  },
  {
    what: 'gives back what a posting of B took',
    verb: 'post',
    ask: (of, by) => asksToPost(by.orgId, fresh(), { from: by.owed, to: by.wallet, makes: { restores: of.hold } }),
    answer: [{ outcome: 'posted' }],
    unbound: unknownAccount,
  },
  {
    what: 'makes a lot that moves on to an account of B',
    verb: 'post',
    ask: (of, by) =>
      asksToPost(by.orgId, fresh(), {
        from: by.owed,
        to: by.wallet,
        makes: { availableAt: later, releasesTo: of.wallet },
      }),
    answer: { refused: '23503' },
    unbound: unknownAccount,
  },
  {
    what: 'holds as B, with a key B has used',
    verb: 'hold',
    ask: (of) => asksToHold(of.orgId, of.key, of.wallet, of.owed),
    answer: unknownAccount,
  },
  {
    what: 'holds what is on an account of B',
    verb: 'hold',
    ask: (of, by) => asksToHold(by.orgId, fresh(), of.wallet, by.owed),
    answer: unknownAccount,
  },
  {
    what: 'holds for an account of B',
    verb: 'hold',
    ask: (of, by) => asksToHold(by.orgId, fresh(), by.wallet, of.owed),
    answer: unknownAccount,
  },
  {
    what: 'resolves a hold as B',
    verb: 'resolve_holds',
    ask: (of) => asksToResolve(of.orgId, of.hold),
    answer: [{ outcome: 'unknown_hold', posting_id: null }],
  },
  {
    what: 'resolves a hold of B',
    verb: 'resolve_holds',
    ask: (of, by) => asksToResolve(by.orgId, of.hold),
    answer: [{ outcome: 'unknown_hold', posting_id: null }],
  },
  {
    what: 'reverses a posting as B',
    verb: 'reverse',
    ask: (of) => asksToReverse(of.orgId, fresh(), of.posting),
    answer: [{ outcome: 'unknown_posting', posting_id: null }],
  },
  {
    what: 'reverses a posting as B, with a key B has used',
    verb: 'reverse',
    ask: (of) => asksToReverse(of.orgId, of.key, of.posting),
    answer: [{ outcome: 'unknown_posting', posting_id: null }],
  },
  {
    what: 'reverses a posting of B',
    verb: 'reverse',
    ask: (of, by) => asksToReverse(by.orgId, fresh(), of.posting),
    answer: [{ outcome: 'unknown_posting', posting_id: null }],
  },
  { what: 'folds as B', verb: 'fold', ask: (of) => asksToFold(of.orgId, of.owed), answer: [{ records: 0 }] },
  {
    what: 'folds an account of B',
    verb: 'fold',
    ask: (of, by) => asksToFold(by.orgId, of.owed),
    answer: [{ records: 0 }],
  },
  { what: 'locks as B', verb: 'lock_accounts', ask: (of) => asksToLock(of.orgId, of.wallet), answer: [] },
  {
    what: 'locks an account of B',
    verb: 'lock_accounts',
    ask: (of, by) => asksToLock(by.orgId, of.wallet),
    answer: [],
  },
  {
    what: 'reads a balance as B',
    verb: 'balance_at',
    ask: (of) => ['select ledger.balance_at($1, $2, $3) as balance', [of.orgId, of.wallet, later]],
    answer: [{ balance: 0 }],
  },
  {
    what: 'reads what B recorded',
    verb: 'unfolded',
    ask: (of) => ['select amount from ledger.unfolded($1, $2)', [of.orgId, of.owed]],
    answer: [],
  },
  {
    what: 'counts entries as B',
    verb: 'version_at',
    ask: (of) => ['select ledger.version_at($1, $2, $3) as version', [of.orgId, of.wallet, later]],
    answer: [{ version: 0 }],
  },
  {
    what: 'names a posting of B',
    verb: 'posting_id',
    ask: (of) => ['select pg_typeof(ledger.posting_id($1, $2))::text as type', [of.orgId, of.key]],
    answer: [{ type: 'uuid' }],
  },
];
