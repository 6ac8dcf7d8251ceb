import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { rewards } from './reward.sql.ts';
import { type Reward, serializeReward } from './reward.ts';

const getRewardInput = z.strictObject({ rewardId: z.string() });

/** @throws AppError `not_found`. */
export const getReward = verb(getRewardInput, async (context: TenantContext, { rewardId }): Promise<Reward> => {
  const own = and(eq(rewards.orgId, context.orgId), eq(rewards.id, readId('reward', rewardId)));
  const [row] = await readTenant(context, (reader) => reader.select().from(rewards).where(own));
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeReward(row);
});
