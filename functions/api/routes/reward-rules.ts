import { instant } from '@tributary/core/instant';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { activateRule } from '@tributary/loyalty/rule/activate-rule';
import { createRule, createRuleInput } from '@tributary/loyalty/rule/create-rule';
import { getRule } from '@tributary/loyalty/rule/get-rule';
import { listRules, rulePosition } from '@tributary/loyalty/rule/list-rules';
import { rewardRule } from '@tributary/loyalty/rule/rule';
import { ruleConfig } from '@tributary/loyalty/rule/rule-config';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { keysetPage } from './keyset-page.ts';

const reading = { method: 'GET', tags: ['Reward rules'] } as const;
const writing = {
  method: 'POST',
  tags: ['Reward rules'],
  idempotent: true,
} as const;
const params = z.strictObject({ ruleId: z.string().max(64) });

// A name of its own: what is stored has every field, what is sent may leave out those with a default.
const newRule = createRuleInput.extend({ config: z.strictObject(ruleConfig.shape).meta({ id: 'NewRuleConfig' }) });

const config = {
  conversionRate: 1,
  minSpendMinorUnits: 500,
  maxPointsPerTransaction: 500,
  minBalanceToRedeem: 100,
  maxRedemptionPercentage: 100,
  roundingPolicy: 'floor' as const,
  taxMode: 'exclude' as const,
  pointValueMinorUnits: 1,
  items: {
    include: [],
    exclude: [{ label: 'Gift cards' }],
    multipliers: [{ match: { sku: 'COFFEE-BEANS' }, factor: 2 }],
    bonuses: [{ match: null, points: 5 }],
  },
  additionalRates: [],
  pendingDays: 7,
  expiry: { months: 12, roundUp: 'month' as const },
  clawbackPolicy: 'within_balance' as const,
  limits: { pointsEarnedPerDay: 1000, redemptionsPerDay: 10, pointsRedeemedPerDay: null, salesPerHourAlert: 20 },
  rewardMinutes: 1440,
};
const created = {
  id: 'rul_01kb7kyyk2ed1ayr3mb0m8n7pq',
  version: 3,
  config,
  currency: 'USD',
  isActive: false,
  effectiveFrom: null,
  createdBy: 'user_1',
  createdAt: '2026-11-20T09:00:00.000Z',
};
const active = { ...created, isActive: true, effectiveFrom: '2026-12-01T00:00:00.000Z' };

const listRewardRules = route({
  ...reading,
  path: '/v1/reward-rules',
  operationId: 'listRewardRules',
  summary: 'Versions of the reward rule, the newest first',
  query: pageQuery,
  response: pageOf(rewardRule),
  example: { response: { data: [active], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listRewardRules',
      position: rulePosition,
      read: (page) => listRules(tenantOf(context), page),
    }),
});

const getRewardRule = route({
  ...reading,
  path: '/v1/reward-rules/{ruleId}',
  operationId: 'getRewardRule',
  summary: 'One version of the reward rule',
  params,
  response: rewardRule,
  example: { response: active },
  handler: (context: Context<ApiDeps>, { params }) => getRule(tenantOf(context), params),
});

const createRewardRule = route({
  ...writing,
  path: '/v1/reward-rules',
  operationId: 'createRewardRule',
  summary: 'Adds a version of the reward rule; it counts once it is activated',
  body: newRule,
  response: rewardRule,
  responseStatus: 201,
  example: { body: { config, currency: 'USD' }, response: created },
  handler: (context: Context<ApiDeps>, { body }) =>
    once(context, 'createRewardRule', body, (tx) => createRule(actingIn(context, tx), body)),
});

const activateRewardRule = route({
  ...writing,
  path: '/v1/reward-rules/{ruleId}/activate',
  operationId: 'activateRewardRule',
  summary: 'Puts a version into force, once; the one before stays in force for earlier sales',
  params,
  body: z.strictObject({ effectiveFrom: instant.optional().describe('Now when left out.') }),
  response: rewardRule,
  example: { body: { effectiveFrom: '2026-12-01T00:00:00Z' }, response: active },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'activateRewardRule', request, (tx) => activateRule(actingIn(context, tx), request));
  },
});

export const rewardRuleRoutes = [listRewardRules, createRewardRule, getRewardRule, activateRewardRule];
