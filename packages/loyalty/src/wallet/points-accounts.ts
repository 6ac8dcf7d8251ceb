import type { TenantTransaction } from '@tributary/db/transaction';
import { type AccountSpec, openAccounts } from '@tributary/ledger/accounts';

/** What points in wallets are posted against. They only record, so they hold nobody up; together they are what is owed, negative. */
const pointsAccounts = {
  issued: { code: 'liability:points', unit: 'points', kind: 'liability', mode: 'recording' },
  redeemed: { code: 'points:redeemed', unit: 'points', kind: 'liability', mode: 'recording' },
  expired: { code: 'points:expired', unit: 'points', kind: 'liability', mode: 'recording' },
} as const satisfies Record<string, AccountSpec>;

/** The id of one of them, opened when it is first needed. */
export async function pointsAccount(tx: TenantTransaction, name: keyof typeof pointsAccounts): Promise<string> {
  const spec = pointsAccounts[name];
  return (await openAccounts(tx, [spec])).get(spec.code) as string;
}
