import { withTenant } from '@tributary/db/transaction';
import { type Context, route } from '@tributary/http/route';
import { getOrganization } from '@tributary/identity/organization/get-organization';
import { organization } from '@tributary/identity/organization/organization';
import { organizationChanges, updateOrganization } from '@tributary/identity/organization/update-organization';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';

const described = { path: '/v1/organization', tags: ['Organization'], response: organization } as const;

const whiteLabel = {
  name: 'Corner Coffee Club',
  logoUrl: 'https://cdn.cornercoffee.example/logo.svg',
  colors: { primary: '#3b2417', accent: '#d9a441', background: '#fffaf2' },
};
const example = {
  id: 'org_01kb7kwz9ye5t8b3c6d9f2g4hj',
  name: 'Corner Coffee',
  country: 'US',
  timeZone: 'America/Los_Angeles',
  baseCurrency: 'USD',
  whiteLabel,
  onboardingProfile: { businessType: 'cafe' as const, locations: 3, posProvider: 'square' as const },
  status: 'active' as const,
  plan: 'business' as const,
  limits: { connections: 100, members: 50, apiKeys: 50, whiteLabel: true },
  createdAt: '2026-11-20T18:00:00.000Z',
  updatedAt: '2026-11-20T18:03:10.418Z',
};

const getOrganizationRoute = route({
  ...described,
  method: 'GET',
  operationId: 'getOrganization',
  summary: 'The organization you act for: its settings, its plan, and what the plan has room for',
  example: { response: example },
  handler: (context: Context<ApiDeps>) => getOrganization(tenantOf(context)),
});

const updateOrganizationRoute = route({
  ...described,
  method: 'PATCH',
  operationId: 'updateOrganization',
  summary: 'Changes settings; what is left out stays. Nothing that is stored is computed anew',
  body: organizationChanges,
  example: { body: { timeZone: 'America/Los_Angeles', whiteLabel }, response: example },
  handler: (context: Context<ApiDeps>, { body }) =>
    withTenant(tenantOf(context), (tx) => updateOrganization(actingIn(context, tx), body)),
});

export const organizationRoutes = [getOrganizationRoute, updateOrganizationRoute];
