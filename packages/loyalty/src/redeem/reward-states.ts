import { AppError } from '@tributary/core/errors';
import type { RewardRow } from './reward.sql.ts';

type Status = RewardRow['status'];

/** What may become of a reward: by status, what each verb makes of it. The database refuses to leave the last two as well (LB004). */
export const transitions: Readonly<Record<Status, Readonly<Partial<Record<RewardVerb, Status>>>>> = {
  issued: { redeem: 'redeemed', delete: 'deleted', expire: 'deleted' },
  redeemed: {},
  deleted: {},
};

export type RewardVerb = 'redeem' | 'delete' | 'expire';

/** @throws AppError `reward_not_issued` when the verb leads nowhere from that status. */
export function nextStatus(from: Status, verb: RewardVerb): Status {
  const to = transitions[from][verb];
  if (to === undefined) throw new AppError('reward_not_issued', `The reward is ${from} already.`);
  return to;
}
