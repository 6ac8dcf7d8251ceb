import { showId } from '@tributary/core/ids';
import type { Reader } from '@tributary/db/read';
import { eq, type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { walletAccounts, wallets } from '../wallet/wallet.sql.ts';
import { itsAccount, wallet, walletColumns } from '../wallet/wallet.ts';
import { merchants, ownCustomers, walletLots } from './own.sql.ts';

/** How many deadlines are shown. */
const deadlines = 3;

export const ownWallet = wallet
  .pick({ id: true, status: true, balance: true, held: true, pending: true, tier: true })
  .extend({
    merchant: z.strictObject({ name: z.string() }),
    expiring: z
      .array(z.strictObject({ points: z.int().positive(), expiresAt: z.iso.datetime() }))
      .max(deadlines)
      .describe('What of the balance ends when, the earliest first: the next three deadlines.'),
  })
  .meta({ id: 'OwnWallet', description: 'The points somebody has at one merchant.' });

type OwnWallet = z.infer<typeof ownWallet>;

interface OwnWalletRow extends Omit<OwnWallet, 'merchant'> {
  merchant: string;
}

const { id, status, balance, held, pending, tier } = walletColumns;

const expiring = sql<OwnWallet['expiring']>`(
  select coalesce(jsonb_agg(jsonb_build_object('points', due.points, 'expiresAt', due.expires_at) order by due.expires_at), '[]')
  from (
    select ${walletLots.expiresAt}, sum(${walletLots.remaining}) as points from ${walletLots}
    where ${walletLots.orgId} = ${wallets.orgId} and ${walletLots.accountId} = ${wallets.accountId}
      and ${walletLots.remaining} > 0 and ${walletLots.expiresAt} is not null
    group by ${walletLots.expiresAt} order by ${walletLots.expiresAt} limit ${deadlines}
  ) due)`;

/** Selects wallets of the consumer for whom the reader reads. */
export function selectOwnWallets(reader: Reader, which?: SQL) {
  const { own, itsWallet } = ownCustomers(reader);
  return reader
    .select({ id, merchant: merchants.name, status, balance, held, pending, tier, expiring })
    .from(own)
    .innerJoin(wallets, itsWallet)
    .innerJoin(walletAccounts, itsAccount)
    .innerJoin(merchants, eq(merchants.id, wallets.orgId))
    .where(which);
}

export function serializeOwnWallet({ merchant, expiring, ...row }: OwnWalletRow): OwnWallet {
  return {
    ...row,
    id: showId('wallet', row.id),
    merchant: { name: merchant },
    expiring: expiring.map(({ points, expiresAt }) => ({ points, expiresAt: new Date(expiresAt).toISOString() })),
  };
}
