import type { Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';
import { pageOf, pageQuery, queryInteger } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import type { Answered } from '@tributary/http/wire';
import { deleteReward } from '@tributary/loyalty/redeem/delete-reward';
import { getRedeemable, redeemable } from '@tributary/loyalty/redeem/get-redeemable';
import { getReward } from '@tributary/loyalty/redeem/get-reward';
import { issueReward, issueRewardInput } from '@tributary/loyalty/redeem/issue-reward';
import { listRewards, rewardFilters, rewardPosition } from '@tributary/loyalty/redeem/list-rewards';
import { redeemReward, redeemRewardInput } from '@tributary/loyalty/redeem/redeem-reward';
import { type Reward, reward } from '@tributary/loyalty/redeem/reward';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { keysetPage } from './keyset-page.ts';

const reading = { method: 'GET', tags: ['Rewards'] } as const;
const serving = {
  method: 'POST',
  tags: ['Rewards'],
  idempotent: true,
} as const;
const params = z.strictObject({ rewardId: z.string().max(64) });

const issued = {
  id: 'rwd_01kb7m0d2xf4t9w1y3z5a7b9ce',
  walletId: 'wal_01kb7kz3vaef8rmt0v5w6x7y8z',
  ruleId: 'rul_01kb7kyyk2ed1ayr3mb0m8n7pq',
  status: 'issued' as const,
  points: 100,
  valueMinor: 100,
  basketMinor: 2450,
  currency: 'USD',
  deletedBecause: null,
  appliedAs: null,
  sale: null,
  issuedBy: 'user_7',
  issuedAt: '2026-11-20T18:20:00.000Z',
  expiresAt: '2026-11-21T18:20:00.000Z',
  resolvedBy: null,
  resolvedAt: null,
};
const resolved = { ...issued, resolvedBy: 'user_7', resolvedAt: '2026-11-20T18:21:30.000Z' };
const use = {
  appliedAs: 'tender' as const,
  sale: { provider: 'square' as const, providerTransactionId: 'hYy9pRFVxpDsO1FB05SunFWUe9JZY' },
};
const redeemed = { ...resolved, ...use, status: 'redeemed' as const };
const deleted = { ...resolved, status: 'deleted' as const, deletedBecause: 'asked' as const };

const listRewardsRoute = route({
  ...reading,
  path: '/v1/rewards',
  operationId: 'listRewards',
  summary: 'Rewards, the newest first',
  query: pageQuery.extend(rewardFilters.shape),
  response: pageOf(reward),
  example: { response: { data: [redeemed], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listRewards',
      position: rewardPosition,
      read: (page) => listRewards(tenantOf(context), page),
    }),
});

const getRewardRoute = route({
  ...reading,
  path: '/v1/rewards/{rewardId}',
  operationId: 'getReward',
  summary: 'One reward',
  params,
  response: reward,
  example: { response: issued },
  handler: (context: Context<ApiDeps>, { params }) => getReward(tenantOf(context), params),
});

const getRedeemableRoute = route({
  ...reading,
  path: '/v1/wallets/{walletId}/redeemable',
  operationId: 'getRedeemable',
  summary: 'The most points a till may offer for a basket now',
  params: z.strictObject({ walletId: z.string().max(64) }),
  query: z.strictObject({
    basketMinor: queryInteger(1, Number.MAX_SAFE_INTEGER).describe(
      'What is to be paid in minor units, after discounts.',
    ),
    currency: issueRewardInput.shape.currency,
  }),
  response: redeemable,
  example: { response: { points: 225, valueMinor: 225, currency: 'USD', refusal: null } },
  handler: (context: Context<ApiDeps>, { params, query }) =>
    getRedeemable({ ...tenantOf(context), now: new Date() }, { ...params, ...query }),
});

const issueRewardRoute = route({
  ...serving,
  path: '/v1/rewards',
  operationId: 'issueReward',
  summary: 'Sets points of a wallet aside for a basket, for a time that the rule says',
  body: issueRewardInput,
  response: reward,
  responseStatus: 201,
  example: {
    body: { walletId: issued.walletId, points: 100, basketMinor: 2450, currency: 'USD' },
    response: issued,
  },
  handler: (context: Context<ApiDeps>, { body }) =>
    once(context, 'issueReward', body, (tx, key) => issueReward({ ...actingIn(context, tx), key }, body)),
});

const redeemRewardRoute = route({
  ...serving,
  path: '/v1/rewards/{rewardId}/redeem',
  operationId: 'redeemReward',
  summary: 'Spends the points of an issued reward',
  params,
  body: redeemRewardInput.omit({ rewardId: true }),
  response: reward,
  example: { body: use, response: redeemed },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return endOnce(context, 'redeemReward', request, (tx) => redeemReward(actingIn(context, tx), request));
  },
});

const deleteRewardRoute = route({
  ...serving,
  path: '/v1/rewards/{rewardId}/delete',
  operationId: 'deleteReward',
  summary: 'Gives the points of an issued reward back, with the expiry they had',
  params,
  body: z.strictObject({}),
  response: reward,
  example: { body: {}, response: deleted },
  handler: (context: Context<ApiDeps>, { params }) =>
    endOnce(context, 'deleteReward', params, (tx) => deleteReward(actingIn(context, tx), params)),
});

export const rewardRoutes = [
  listRewardsRoute,
  issueRewardRoute,
  getRewardRoute,
  redeemRewardRoute,
  deleteRewardRoute,
  getRedeemableRoute,
];

/** Refuses a reward that had expired, once it is committed that its points are back; a replay is refused alike. */
async function endOnce(
  context: Context<ApiDeps>,
  operationId: string,
  request: Json,
  end: (tx: TenantTransaction) => Promise<Reward>,
): Promise<Answered<Reward>> {
  const answer = await once(context, operationId, request, end);
  const { deletedBecause } = reward.parse(JSON.parse(answer.text));
  if (deletedBecause === 'expired') throw new AppError('reward_expired', 'The reward has expired.');
  return answer;
}
