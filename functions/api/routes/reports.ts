import { withTenant } from '@tributary/db/transaction';
import { type Context, route } from '@tributary/http/route';
import { getPointsLiability } from '@tributary/loyalty/liability/get-points-liability';
import { pointsLiability } from '@tributary/loyalty/liability/points-liability';
import { rulePreview } from '@tributary/loyalty/preview/compute-preview';
import { previewPeriod, previewRule } from '@tributary/loyalty/preview/preview-rule';
import * as z from 'zod';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';

const getPointsLiabilityRoute = route({
  method: 'GET',
  path: '/v1/reports/points-liability',
  operationId: 'getPointsLiability',
  summary: 'What is owed in points, by when they can no longer be spent',
  tags: ['Reports'],
  response: pointsLiability,
  example: {
    response: {
      currency: 'USD',
      pointValueMinorUnits: 1,
      outstanding: { points: 5310, valueMinor: 5310 },
      available: {
        points: 5000,
        valueMinor: 5000,
        byExpiry: [
          { month: '2026-12', points: 1200, valueMinor: 1200 },
          { month: '2027-11', points: 3000, valueMinor: 3000 },
          { month: null, points: 800, valueMinor: 800 },
        ],
      },
      held: { points: 100, valueMinor: 100 },
      pending: {
        points: 230,
        valueMinor: 230,
        byRelease: [{ month: '2026-12', points: 230, valueMinor: 230 }],
      },
      overdrawn: { points: 20, valueMinor: 20 },
    },
  },
  handler: (context: Context<ApiDeps>) => getPointsLiability(tenantOf(context), { now: new Date() }),
});

const previewRewardRule = route({
  method: 'POST',
  path: '/v1/reward-rules/{ruleId}/preview',
  operationId: 'previewRewardRule',
  summary: 'What sales of the past would have earned under a version of the reward rule; moves nothing',
  tags: ['Reports'],
  params: z.strictObject({ ruleId: z.string().max(64) }),
  body: previewPeriod,
  response: rulePreview,
  example: {
    body: { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' },
    response: { sales: 1830, earningSales: 1422, points: 40_210, pointsActual: 36_008, difference: 4202 },
  },
  handler: (context: Context<ApiDeps>, { params, body }) =>
    withTenant(tenantOf(context), (tx) => previewRule({ tx }, { ...params, period: body })),
});

export const reportRoutes = [getPointsLiabilityRoute, previewRewardRule];
