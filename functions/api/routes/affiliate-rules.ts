import { createRule, createRuleInput } from '@tributary/affiliate/rule/create-rule';
import { getRule } from '@tributary/affiliate/rule/get-rule';
import { listRules, ruleFilters, rulePosition } from '@tributary/affiliate/rule/list-rules';
import { automationRule } from '@tributary/affiliate/rule/rule';
import { updateRule, updateRuleInput } from '@tributary/affiliate/rule/update-rule';
import { withTenant } from '@tributary/db/transaction';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { keysetPage } from './keyset-page.ts';

const tags = ['Automation rules'];
const reading = { method: 'GET', tags } as const;
const params = z.strictObject({ ruleId: z.string().max(64) });

const said = {
  name: 'Sign-ups collapse',
  scope: { kind: 'brand' as const, brand: null },
  terms: {
    kind: 'metric' as const,
    windowDays: 7,
    match: 'all' as const,
    conditions: [{ metric: 'signups' as const, comparison: 'falls_by' as const, threshold: 4000 }],
    minimumSample: { metric: 'clicks' as const, count: 100 },
  },
  coolDownHours: 72,
};
const example = {
  id: 'aru_01kb7kz3v9fq4r8s2t6v0w1x2y',
  ...said,
  status: 'active' as const,
  createdBy: 'usr_01kb7kx0y4e2z3a5b7c9d1e3f5',
  createdAt: '2026-11-20T09:00:00.000Z',
};

const listAutomationRules = route({
  ...reading,
  path: '/v1/affiliate/rules',
  operationId: 'listAutomationRules',
  summary: 'What somebody wants to be told of, the newest first',
  query: pageQuery.extend(ruleFilters.shape),
  response: pageOf(automationRule),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listAutomationRules',
      position: rulePosition,
      read: (page) => listRules(tenantOf(context), page),
    }),
});

const getAutomationRule = route({
  ...reading,
  path: '/v1/affiliate/rules/{ruleId}',
  operationId: 'getAutomationRule',
  summary: 'One rule',
  params,
  response: automationRule,
  example: { response: example },
  handler: (context: Context<ApiDeps>, { params }) => getRule(tenantOf(context), params),
});

const createAutomationRule = route({
  method: 'POST',
  tags,
  path: '/v1/affiliate/rules',
  operationId: 'createAutomationRule',
  summary: 'Adds a rule, which counts at once',
  idempotent: true,
  body: createRuleInput,
  response: automationRule,
  responseStatus: 201,
  example: { body: said, response: example },
  handler: (context: Context<ApiDeps>, { body }) =>
    once(context, 'createAutomationRule', body, (tx) => createRule(actingIn(context, tx), body)),
});

const updateAutomationRule = route({
  method: 'PATCH',
  tags,
  path: '/v1/affiliate/rules/{ruleId}',
  operationId: 'updateAutomationRule',
  summary: 'Changes a rule, pauses it, or puts it away; alerts that it raised stay',
  params,
  body: updateRuleInput.omit({ ruleId: true }),
  response: automationRule,
  example: { body: { status: 'paused' }, response: { ...example, status: 'paused' } },
  handler: (context: Context<ApiDeps>, { params, body }) =>
    withTenant(tenantOf(context), (tx) => updateRule(actingIn(context, tx), { ...params, ...body })),
});

export const affiliateRuleRoutes = [listAutomationRules, createAutomationRule, getAutomationRule, updateAutomationRule];
