import type { TenantTransaction } from '@tributary/db/transaction';
import { lockAccounts } from './accounts.ts';
import { type Posting, postAll } from './post.ts';

interface DueLot {
  id: string;
  accountId: string;
  remaining: number;
  origin: string | null;
  expiresAt: Date | null;
  releasesTo: string | null;
  dueAt: Date;
  /** How often something was taken from it so far: a lot that was given back may fall due again. */
  uses: number;
}

export interface LotSweep {
  at: Date;
  /** How many lots at most, the oldest first. */
  limit: number;
  /** Accounts to leave alone. */
  except?: readonly string[];
}

/**
 * Takes back what is left of lots that expired, into the account given: one posting of kind `expire` per lot. Answers how many lots;
 * none when none is left. Running it again changes nothing.
 */
export async function expireLots(tx: TenantTransaction, sweep: LotSweep & { intoAccountId: string }): Promise<number> {
  const lots = await lockDueLots(tx, sweep, 'expires_at', [sweep.intoAccountId]);
  await postAll(
    tx,
    lots.map(
      (lot): Posting => ({
        key: `lot:${lot.id}:expire:${lot.uses}`,
        kind: 'expire',
        effectiveAt: lot.dueAt,
        legs: [
          { accountId: lot.accountId, amount: -lot.remaining, prefers: lot.id },
          { accountId: sweep.intoAccountId, amount: lot.remaining },
        ],
      }),
    ),
  );
  return lots.length;
}

/**
 * Moves lots whose time has come to the account they were meant for, where they keep origin and expiry: one posting of kind `release`
 * per lot. Answers how many; none when none is left. Running it again changes nothing.
 */
export async function releaseLots(tx: TenantTransaction, sweep: LotSweep): Promise<number> {
  const lots = await lockDueLots(tx, sweep, 'available_at');
  await postAll(
    tx,
    lots.map(
      (lot): Posting => ({
        key: `lot:${lot.id}:release:${lot.uses}`,
        kind: 'release',
        effectiveAt: lot.dueAt,
        legs: [
          { accountId: lot.accountId, amount: -lot.remaining, prefers: lot.id },
          {
            accountId: lot.releasesTo as string,
            amount: lot.remaining,
            lot: { expiresAt: lot.expiresAt, ...(lot.origin !== null && { origin: lot.origin }) },
          },
        ],
      }),
    ),
  );
  return lots.length;
}

/** Reads what is due twice: once to know which accounts to lock, and again when nobody else can take from them any more. */
async function lockDueLots(
  tx: TenantTransaction,
  sweep: LotSweep,
  due: 'expires_at' | 'available_at',
  alsoCredited: readonly string[] = [],
): Promise<DueLot[]> {
  const candidates = await readDueLots(tx, sweep, due);
  if (candidates.length === 0) return [];
  const moved = candidates.flatMap(({ accountId, releasesTo }) =>
    releasesTo === null ? accountId : [accountId, releasesTo],
  );
  await lockAccounts(tx, [...new Set([...moved, ...alsoCredited])]);
  const locked = new Set(candidates.map(({ id }) => id));
  return (await readDueLots(tx, sweep, due)).filter(({ id }) => locked.has(id));
}

function readDueLots(
  tx: TenantTransaction,
  { at, limit, except = [] }: LotSweep,
  due: 'expires_at' | 'available_at',
): Promise<DueLot[]> {
  const waiting = due === 'expires_at' ? 'and l.available_at is null' : '';
  return tx.query<DueLot>(
    `select l.id, l.account_id as "accountId", l.remaining, l.origin, l.expires_at as "expiresAt", l.releases_to as "releasesTo",
       l.${due} as "dueAt",
       (select count(*) from ledger.lot_uses u where u.org_id = $1 and u.lot_id = l.id) as uses
     from ledger.lots l
     where l.org_id = $1 and l.remaining > 0 and l.${due} <= $2 ${waiting} and l.account_id <> all ($4::uuid[])
     order by l.${due}, l.id limit $3`,
    [tx.orgId, at, limit, except],
  );
}
