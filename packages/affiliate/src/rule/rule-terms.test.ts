import { describe, expect, it } from 'vitest';
import { assertFits, type RuleScope, type RuleTerms, ruleTerms } from './rule-terms.ts';

const metric = {
  ...{ kind: 'metric' as const, windowDays: 7, match: 'all' as const, minimumSample: null },
  conditions: [{ metric: 'clicks' as const, comparison: 'falls_by' as const, threshold: 2000 }],
};
const condition = (change: object) => ({ ...metric, conditions: [{ ...metric.conditions[0], ...change }] });
const restated = { kind: 'restated' as const, metric: 'ftdCount' as const, direction: 'down' as const, atLeast: 1 };

describe('the terms of a rule', () => {
  it.each<[string, unknown, string]>([
    ['no window', { ...metric, windowDays: 0 }, 'windowDays'],
    ['91 days', { ...metric, windowDays: 91 }, 'windowDays'],
    ['no conditions', { ...metric, conditions: [] }, 'conditions'],
    ['a metric that there is not', condition({ metric: 'revenue' }), 'conditions.0.metric'],
    ['a fall by nothing', condition({ threshold: 0 }), 'conditions.0.threshold'],
    ['half a click', condition({ comparison: 'below', threshold: 0.5 }), 'conditions.0.threshold'],
    ['a restatement by nothing', { ...restated, atLeast: 0 }, 'atLeast'],
    ['a restated quotient', { ...restated, metric: 'signupRateBps' }, 'metric'],
    ['a kind that there is not', { kind: 'weather' }, 'kind'],
  ])('refuse %s', (_what, terms, path) => {
    expect(ruleTerms.safeParse(terms).error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });

  const eachCampaign: RuleScope = { kind: 'campaign', campaign: null };
  const organization: RuleScope = { kind: 'organization' };
  const connections: RuleScope = { kind: 'connection', connectionId: null };
  it.each<[string, RuleScope, RuleTerms, string]>([
    ['each campaign with no minimum sample', eachCampaign, metric, 'terms.minimumSample'],
    ['amounts of accounts in several currencies', organization, { ...restated, metric: 'ngrMinor' }, 'scope.kind'],
    ['runs of no connection', organization, { kind: 'sync_failed', failures: 1 }, 'scope.kind'],
    ['deals of no connection', organization, { kind: 'commission_disagrees' }, 'scope.kind'],
  ])('do not go with %s', (_what, scope, terms, path) => {
    expect(() => assertFits(scope, terms)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path })] }),
    );
  });

  it.each<[string, RuleScope, RuleTerms]>([
    ['one campaign', { kind: 'campaign', campaign: 'a' }, metric],
    ['each campaign with a sample', eachCampaign, { ...metric, minimumSample: { metric: 'clicks', count: 100 } }],
    ['restated counts of everything', organization, restated],
    ['restated amounts of each connection', connections, { ...restated, metric: 'ngrMinor' }],
  ])('go with %s', (_what, scope, terms) => {
    expect(() => assertFits(scope, terms)).not.toThrow();
  });
});
