import type { TenantTransaction } from '@tributary/db/transaction';
import { erasePerson } from './erase-person.ts';
import { eraseSales } from './erase-sales.ts';

/** What was committed by transactions that had begun before the erasure and did not see it. */
export async function eraseLate(tx: TenantTransaction, customerId: string, requestedAt: Date): Promise<void> {
  await erasePerson(tx, customerId);
  await eraseSales(tx, { where: `t.updated_at > $4::timestamptz - interval '1 hour'`, values: [requestedAt] });
}
