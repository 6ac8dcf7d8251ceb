import { networkAccount } from '@tributary/affiliate/account/account';
import { getAccount } from '@tributary/affiliate/account/get-account';
import { accountPosition, listAccounts } from '@tributary/affiliate/account/list-accounts';
import { renameAccount, renameAccountInput } from '@tributary/affiliate/account/rename-account';
import { listedBrand } from '@tributary/affiliate/brand/brand';
import { brandPosition, listBrands } from '@tributary/affiliate/brand/list-brands';
import { withTenant } from '@tributary/db/transaction';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import type { NetworkDescriptor } from '@tributary/providers/affiliate/network';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { exampleConnection } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

/** What showing the catalogue needs beside what every API has: the descriptors behind it. */
export interface BrandDeps extends ApiDeps {
  brands: Readonly<Record<string, NetworkDescriptor>>;
}

const tags = ['Affiliate accounts'];
const reading = { method: 'GET', tags } as const;
const params = z.strictObject({ connectionId: z.string().max(64) });

const exampleAccount = {
  connectionId: exampleConnection.id,
  brand: 'awin',
  label: 'Main account',
  timeZone: 'Europe/London',
  currency: 'GBP',
  createdAt: exampleConnection.connectedAt,
};

const brand = listedBrand
  .extend({
    credentials: z
      .array(z.strictObject({ name: z.string(), label: z.string(), secret: z.boolean() }))
      .describe('What connecting it takes (connectNetwork); empty for what is uploaded.'),
  })
  .meta({ id: 'Brand', description: 'An affiliate network that can be connected.' });

const exampleBrand = {
  slug: 'awin',
  name: 'Awin',
  authType: 'bearer' as const,
  status: 'beta' as const,
  baseUrl: 'https://api.awin.com',
  rateLimit: { calls: 20, seconds: 60, scope: 'account' },
  windowDays: 31,
  limitations: ['Clicks are not reported.'],
  credentials: [
    { name: 'publisherId', label: 'Publisher ID', secret: false },
    { name: 'accessToken', label: 'API token', secret: true },
  ],
};

const listBrandsRoute = route({
  ...reading,
  path: '/v1/affiliate/brands',
  operationId: 'listBrands',
  summary: 'Networks there are adapters for, and what connecting each takes',
  query: pageQuery,
  response: pageOf(brand),
  example: { response: { data: [exampleBrand], nextCursor: null } },
  handler: (context: Context<BrandDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listBrands',
      position: brandPosition,
      read: async (page) => {
        const rows = await listBrands(tenantOf(context), page);
        return rows.map(({ item, position }) => ({
          item: { ...item, credentials: credentialsOf(context.brands, item.slug) },
          position,
        }));
      },
    }),
});

/** None for one that is no longer there: it cannot be connected. */
function credentialsOf(brands: BrandDeps['brands'], slug: string) {
  const fields = Object.hasOwn(brands, slug) ? brands[slug]?.credentials : undefined;
  return (fields ?? []).map(({ name, label, secret }) => ({ name, label, secret }));
}

const listNetworkAccounts = route({
  ...reading,
  path: '/v1/affiliate/accounts',
  operationId: 'listNetworkAccounts',
  summary: 'Accounts at networks, the newest connection first',
  query: pageQuery.extend({ brand: z.string().max(41).optional() }),
  response: pageOf(networkAccount),
  example: { response: { data: [exampleAccount], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listNetworkAccounts',
      position: accountPosition,
      read: (page) => listAccounts(tenantOf(context), page),
    }),
});

const getNetworkAccount = route({
  ...reading,
  path: '/v1/affiliate/accounts/{connectionId}',
  operationId: 'getNetworkAccount',
  summary: 'What a connection to a network is about',
  params,
  response: networkAccount,
  example: { response: exampleAccount },
  handler: (context: Context<ApiDeps>, { params }) => getAccount(tenantOf(context), params),
});

const renameNetworkAccount = route({
  method: 'PATCH',
  tags,
  path: '/v1/affiliate/accounts/{connectionId}',
  operationId: 'renameNetworkAccount',
  summary: 'Calls an account something else',
  params,
  body: renameAccountInput.omit({ connectionId: true }),
  response: networkAccount,
  example: { body: { label: 'Second account' }, response: { ...exampleAccount, label: 'Second account' } },
  handler: (context: Context<ApiDeps>, { params, body }) =>
    withTenant(tenantOf(context), (tx) => renameAccount(actingIn(context, tx), { ...params, ...body })),
});

export const affiliateAccountRoutes = [listBrandsRoute, listNetworkAccounts, getNetworkAccount, renameNetworkAccount];
