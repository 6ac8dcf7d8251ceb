import type { TenantTransaction } from '@tributary/db/transaction';
import { originId } from './ledger-under-test.ts';
import type { Model } from './model.ts';

/** All that a ledger holds, with names for ids, so that two of them can be compared. */
export interface Picture {
  /** By code: balance, pending debits and credits, whether it is overdrawn. */
  accounts: Record<string, [number, number, number, boolean]>;
  /** By code: key, kind, amount and balance after of each entry. */
  entries: Record<string, [string, string, number, number][]>;
  /** By key: status and amount posted. */
  holds: Record<string, [string, number | null]>;
  lots: LotPicture[];
}

type LotPicture = Record<'account' | 'ref', string> & {
  origin: string | null;
  amount: number;
  remaining: number;
  uses: string[];
};

const use = (ref: string, amount: number) => `${amount} of ${ref}`;

export function pictureOfModel({ accounts, holds, lots }: Model): Picture {
  const each = <Value>(read: (account: typeof accounts extends ReadonlyMap<string, infer A> ? A : never) => Value) =>
    Object.fromEntries([...accounts].map(([code, account]) => [code, read(account)]));
  return {
    accounts: each((a) => [a.balance, a.pendingDebits, a.pendingCredits, a.overdrawn]),
    entries: each(({ entries }) => entries.map((e) => [e.key, e.kind, e.amount, e.balanceAfter])),
    holds: Object.fromEntries([...holds.values()].map(({ key, status, posted }) => [key, [status, posted]])),
    lots: lots.all.map(({ account, ref, origin, amount, remaining, uses }) => ({
      account,
      ref,
      origin,
      amount,
      remaining,
      uses: uses.map((one) => use(one.ref, one.amount)).sort(),
    })),
  };
}

const everything = `
  select jsonb_build_object(
    'accounts', (select jsonb_object_agg(a.code, jsonb_build_array(
        a.balance + case a.mode when 'authorizing' then 0 else (select coalesce(sum(r.amount), 0) from ledger.unfolded($1, a.id) r) end,
        a.pending_debits, a.pending_credits, a.overdrawn))
      from ledger.accounts a where a.org_id = $1),
    'entries', (select jsonb_object_agg(a.code, coalesce((
        select jsonb_agg(jsonb_build_array(p.key, p.kind, e.amount, e.balance_after) order by e.version)
        from ledger.entries e join ledger.postings p on p.id = e.posting_id where e.org_id = $1 and e.account_id = a.id), '[]'))
      from ledger.accounts a where a.org_id = $1),
    'holds', coalesce((select jsonb_object_agg(h.key, jsonb_build_array(h.status, h.posted_amount))
      from ledger.holds h where h.org_id = $1), '{}'),
    'lots', coalesce((select jsonb_agg(jsonb_build_object('account', l.account_id, 'ref', l.ref, 'origin', l.origin,
        'amount', l.amount, 'remaining', l.remaining, 'uses', coalesce((
          select jsonb_agg(jsonb_build_array(u.ref, u.amount)) from ledger.lot_uses u where u.org_id = $1 and u.lot_id = l.id), '[]'))
        order by l.id) from ledger.lots l where l.org_id = $1), '[]')
  ) as ledger,
  jsonb_build_object(
    'accounts', (select jsonb_object_agg(id, code) from ledger.accounts where org_id = $1),
    'postings', coalesce((select jsonb_object_agg(id, key) from ledger.postings where org_id = $1), '{}'),
    'holds', coalesce((select jsonb_object_agg(id, key) from ledger.holds where org_id = $1), '{}'),
    'lots', coalesce((select jsonb_object_agg(id, n - 1) from (
        select id, row_number() over (order by id) as n from ledger.lots where org_id = $1) numbered), '{}')
  ) as names`;

type Ids = Record<string, string>;
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export async function pictureOfLedger(tx: TenantTransaction): Promise<Picture> {
  const [row] = await tx.query<{ ledger: unknown; names: Record<'accounts' | 'postings' | 'holds' | 'lots', Ids> }>(
    everything,
    [tx.orgId],
  );
  if (!row) throw new Error('no ledger');
  const names = new Map<string, string>([
    ...[1, 2].map((n): [string, string] => [originId(`origin ${n}`), `origin ${n}`]),
    ...Object.entries(row.names.accounts),
    ...Object.entries(row.names.holds).map(([id, key]): [string, string] => [id, `hold ${key}`]),
    ...Object.entries(row.names.lots).map(([id, n]): [string, string] => [id, `lot ${n}`]),
  ]);
  const named = (text: string) => text.replaceAll(uuid, (id) => names.get(id) ?? id);
  // Keys of postings hold ids of their own.
  for (const [id, key] of Object.entries(row.names.postings)) names.set(id, named(key));
  const ledger = JSON.parse(named(JSON.stringify(row.ledger)));
  return {
    ...ledger,
    lots: ledger.lots.map((lot: { uses: [string, number][] }) => ({
      ...lot,
      uses: lot.uses.map(([ref, amount]) => use(ref, amount)).sort(),
    })),
  };
}
