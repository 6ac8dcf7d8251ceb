import { type MemberRole, memberRole } from '@tributary/core/role';
import { describe, expect, it } from 'vitest';
import { access } from './access.ts';

const operations = Object.entries({ ...access.affiliate, ...access.invoices });
const rolesOf = (wanted: (operationId: string, scope: string) => boolean) =>
  operations.filter(([operationId, { scope }]) => wanted(operationId, scope)).map(([, { roles }]) => roles);
const may = (all: readonly (readonly MemberRole[])[]) =>
  memberRole.options.filter((role) => all.every((roles) => roles.includes(role)));
const mayNone = (all: readonly (readonly MemberRole[])[]) =>
  memberRole.options.filter((role) => !all.some((roles) => roles.includes(role)));

const billing = rolesOf((_, scope) => scope.startsWith('affiliate-billing:'));
const deals = rolesOf((operationId) => /^(list|get)(Deal|Deals|DealMonths|CommissionReport)$/.test(operationId));
const invoices = rolesOf((operationId) =>
  /^(list|get)(Invoice|Invoices|InvoicePdf|SubAffiliate|SubAffiliates)$/.test(operationId),
);
const alerts = rolesOf((operationId) => /^(list|get)(Alert|Alerts|AutomationRule|AutomationRules)$/.test(operationId));

describe('S0-022 what a role may see of deals and invoices', () => {
  it('finance sees and does all of it; a viewer and an operator none', () => {
    expect(may(billing)).toEqual(['owner', 'admin', 'finance']);
    expect(mayNone(billing)).toEqual(['operator', 'viewer']);
  });

  it('an analyst sees deals, which they compare with what networks pay, and agrees on none', () => {
    expect(deals).toHaveLength(4);
    expect(may(deals)).toEqual(['owner', 'admin', 'finance', 'analyst']);
    const writes = rolesOf((_, scope) => scope === 'affiliate-billing:write');
    expect(mayNone(writes)).toEqual(['analyst', 'operator', 'viewer']);
  });

  it('an analyst sees no invoice, nor whom it is for', () => {
    expect(invoices).toHaveLength(5);
    expect(mayNone(invoices)).toEqual(['analyst', 'operator', 'viewer']);
  });

  it('an alert, which may tell what a deal gives, is seen by whoever may see the deal', () => {
    expect(alerts).toHaveLength(4);
    for (const roles of [...alerts, ...deals]) expect(roles).toEqual(deals[0]);
  });
});
