import { withTenant } from '@tributary/db/transaction';
import { type Context, route } from '@tributary/http/route';
import { configureTiers } from '@tributary/loyalty/tier/configure-tiers';
import { getTiers } from '@tributary/loyalty/tier/get-tiers';
import { tierConfig } from '@tributary/loyalty/tier/tier-config';
import { tierSettings } from '@tributary/loyalty/tier/tier-settings';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';

const described = { path: '/v1/tiers', tags: ['Tiers'], response: tierSettings } as const;

// A name of its own: what is stored has every field, what is sent may leave out those with a default.
const body = z.strictObject({ config: z.strictObject(tierConfig.shape).meta({ id: 'NewTierConfig' }) });

const config = {
  basis: 'spend' as const,
  periodMonths: 12,
  tiers: [
    { name: 'Bronze', threshold: 0 },
    { name: 'Silver', threshold: 50_000 },
    { name: 'Gold', threshold: 200_000 },
  ],
  downgrade: 'one_down' as const,
  graceDays: 14,
};
const example = { version: 2, config, createdBy: 'user_1', createdAt: '2026-11-20T09:00:00.000Z' };

const getTiersRoute = route({
  ...described,
  method: 'GET',
  operationId: 'getTiers',
  summary: 'The tiers of the programme; none before they are configured',
  example: { response: example },
  handler: (context: Context<ApiDeps>) => getTiers(tenantOf(context)),
});

const configureTiersRoute = route({
  ...described,
  method: 'PUT',
  operationId: 'configureTiers',
  summary: 'Sets the tiers of the programme; wallets follow when they earn next, or in the night',
  body,
  example: { body: { config }, response: example },
  handler: (context: Context<ApiDeps>, { body }) =>
    withTenant(tenantOf(context), (tx) => configureTiers(actingIn(context, tx), body)),
});

export const tierRoutes = [getTiersRoute, configureTiersRoute];
