import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { walletEntry } from '@tributary/loyalty/wallet/entry';
import { getWallet } from '@tributary/loyalty/wallet/get-wallet';
import { entryPosition, listEntries } from '@tributary/loyalty/wallet/list-entries';
import { listWallets, walletPosition } from '@tributary/loyalty/wallet/list-wallets';
import { wallet } from '@tributary/loyalty/wallet/wallet';
import * as z from 'zod';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';
import { exampleWallet } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

const reading = { method: 'GET', tags: ['Wallets'] } as const;
const params = z.strictObject({ walletId: z.string().max(64) });

const exampleEntry = {
  version: 2,
  type: 'debit' as const,
  kind: 'clawback',
  description: null,
  points: 25,
  balanceAfter: 25,
  source: {
    provider: 'square',
    transactionId: 'txn_01kb7kz3v8e6tbwz1n0p4c5d6e',
    providerTransactionId: 'hYy9pRFVxpDsO1FB05SunFWUe9JZY',
  },
  effectiveAt: '2026-11-20T19:29:58.000Z',
  createdAt: '2026-11-20T19:30:00.120Z',
};

const listWalletsRoute = route({
  ...reading,
  path: '/v1/wallets',
  operationId: 'listWallets',
  summary: 'Wallets with their customer and balance, the newest first',
  query: pageQuery,
  response: pageOf(wallet),
  example: { response: { data: [exampleWallet], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listWallets',
      position: walletPosition,
      read: (page) => listWallets(tenantOf(context), page),
    }),
});

const getWalletRoute = route({
  ...reading,
  path: '/v1/wallets/{walletId}',
  operationId: 'getWallet',
  summary: 'One wallet',
  params,
  response: wallet,
  example: { response: exampleWallet },
  handler: (context: Context<ApiDeps>, { params }) => getWallet(tenantOf(context), params),
});

const listWalletEntriesRoute = route({
  ...reading,
  path: '/v1/wallets/{walletId}/entries',
  operationId: 'listWalletEntries',
  summary: 'The ledger of a wallet, the newest entry first',
  params,
  query: pageQuery,
  response: pageOf(walletEntry),
  example: { response: { data: [exampleEntry], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listWalletEntries',
      position: entryPosition,
      read: (page) => listEntries(tenantOf(context), page),
    }),
});

export const walletRoutes = [listWalletsRoute, getWalletRoute, listWalletEntriesRoute];
