import { readId, showId } from '@tributary/core/ids';
import type { AutomationRuleRow } from './rule.sql.ts';
import type { RuleScope } from './rule-terms.ts';

/** A scope as it is stored: by which of the roll-ups' dimensions, and which of its values; null for each. */
export type StoredScope = Pick<AutomationRuleRow, 'dimension' | 'scopeValue'>;

/** @throws AppError `not_found` for what is no id of a connection */
export function storeScope(scope: RuleScope): StoredScope {
  switch (scope.kind) {
    case 'organization':
      return { dimension: 'total', scopeValue: '' };
    case 'brand':
      return { dimension: 'brand', scopeValue: scope.brand };
    case 'campaign':
      return { dimension: 'campaign', scopeValue: scope.campaign };
    case 'connection':
      return {
        dimension: 'connection',
        scopeValue: scope.connectionId === null ? null : readId('connection', scope.connectionId),
      };
  }
}

export function showScope({ dimension, scopeValue }: StoredScope): RuleScope {
  switch (dimension) {
    case 'total':
      return { kind: 'organization' };
    case 'brand':
      return { kind: 'brand', brand: scopeValue };
    case 'campaign':
      return { kind: 'campaign', campaign: scopeValue };
    case 'connection':
      return { kind: 'connection', connectionId: scopeValue === null ? null : showId('connection', scopeValue) };
  }
}
