import { idPattern, readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { rewards } from './reward.sql.ts';
import { rewardStatus, serializeReward } from './reward.ts';

/** One that names no wallet finds nothing, a malformed one is the caller's mistake. */
const walletId = z.string().regex(idPattern('wallet'), 'must be the id of a wallet');

export const rewardFilters = z.strictObject({
  walletId: walletId.optional().describe('Rewards of this wallet only.'),
  status: rewardStatus.optional(),
});

/** Behind the reward with this id (a UUID). */
export const rewardPosition = z.uuid();

const listRewardsInput = rewardFilters.extend({ limit: z.int().positive(), after: rewardPosition.optional() });

/** Rewards, the newest first: at most `limit`, each with the position a next page continues from. */
export const listRewards = verb(
  listRewardsInput,
  async (context: TenantContext, { walletId, status, limit, after }) => {
    const rows = await readTenant(context, (reader) =>
      reader
        .select()
        .from(rewards)
        .where(
          and(
            eq(rewards.orgId, context.orgId),
            walletId === undefined ? undefined : eq(rewards.walletId, readId('wallet', walletId)),
            status === undefined ? undefined : eq(rewards.status, status),
            after === undefined ? undefined : lt(rewards.id, after),
          ),
        )
        .orderBy(desc(rewards.id))
        .limit(limit),
    );
    return rows.map((row) => ({ item: serializeReward(row), position: row.id }));
  },
);
