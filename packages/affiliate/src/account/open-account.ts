import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import { baseCurrency, timeZone } from '@tributary/identity/organization/fields';
import * as z from 'zod';

export const accountLabel = z.string().trim().min(1).max(100);

export const openAccountInput = z.strictObject({
  connectionId: z.uuid(),
  /** The network's slug, as in `ref.brands`. */
  brand: z.string(),
  label: accountLabel.nullable().default(null),
  /** IANA name: the zone in which the network counts days. */
  timeZone,
  /** ISO 4217: what the network states amounts in. */
  currency: baseCurrency,
});

/**
 * Says what a connection to an affiliate network is about. Of one that is known already the label and the zone are renewed; a
 * label that is not given stays.
 * @throws AppError `currency_mismatch` when facts of it may stand in another currency; `not_found` for an unknown connection
 */
export const openAccount = verb(
  openAccountInput,
  async (
    tx: Pick<TenantTransaction, 'orgId' | 'query'>,
    { connectionId, brand, label, timeZone: zone, currency }: z.output<typeof openAccountInput>,
  ): Promise<void> => {
    const [known] = await tx.query('select 1 from sync.connections where org_id = $1 and id = $2 and provider = $3', [
      tx.orgId,
      connectionId,
      brand,
    ]);
    if (!known) throw new AppError('not_found', 'No such object.');
    const opened = await tx.query(
      `insert into affiliate.accounts as a (org_id, connection_id, brand, label, time_zone, currency) values ($1, $2, $3, $4, $5, $6)
       on conflict (org_id, connection_id) do update set label = coalesce(excluded.label, a.label), time_zone = excluded.time_zone
       where a.currency = excluded.currency
       returning 1`,
      [tx.orgId, connectionId, brand, label, zone, currency],
    );
    if (opened.length === 0)
      throw new AppError('currency_mismatch', 'The account is known in another currency: connect it as another one.');
  },
);
