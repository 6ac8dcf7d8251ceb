import type { Consumer } from '@tributary/http/authenticate';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, consumerRoute } from '@tributary/http/route';
import { getOwnWallet } from '@tributary/loyalty/consumer/get-own-wallet';
import { listOwnEntries } from '@tributary/loyalty/consumer/list-own-entries';
import { listOwnWallets, ownWalletPosition } from '@tributary/loyalty/consumer/list-own-wallets';
import { ownEntry } from '@tributary/loyalty/consumer/own-entry';
import { ownWallet } from '@tributary/loyalty/consumer/own-wallet';
import { entryPosition } from '@tributary/loyalty/wallet/list-entries';
import * as z from 'zod';
import { type ApiDeps, consumerOf } from '../../runtime/api.ts';
import { keysetPage } from './keyset-page.ts';

const reading = { method: 'GET', tags: ['Consumers'] } as const;
const params = z.strictObject({ walletId: z.string().max(64) });

const exampleWallet = {
  id: 'wal_01kb7kz3vaef8rmt0v5w6x7y8z',
  merchant: { name: 'Corner Coffee' },
  status: 'active' as const,
  balance: 25,
  held: 10,
  pending: 5,
  tier: 'silver',
  expiring: [{ points: 20, expiresAt: '2027-06-01T04:00:00.000Z' }],
};

const exampleEntry = {
  version: 2,
  type: 'debit' as const,
  kind: 'clawback',
  points: 25,
  balanceAfter: 25,
  effectiveAt: '2026-11-20T19:29:58.000Z',
};

const listOwnWalletsRoute = consumerRoute({
  ...reading,
  path: '/v1/me/wallets',
  operationId: 'listOwnWallets',
  summary: 'Your wallets at all merchants, the newest first',
  query: pageQuery,
  response: pageOf(ownWallet),
  example: { response: { data: [exampleWallet], nextCursor: null } },
  handler: (context: Context<ApiDeps, Consumer>, input) =>
    keysetPage(context, input, {
      operationId: 'listOwnWallets',
      position: ownWalletPosition,
      read: (page) => listOwnWallets(consumerOf(context), page),
    }),
});

const getOwnWalletRoute = consumerRoute({
  ...reading,
  path: '/v1/me/wallets/{walletId}',
  operationId: 'getOwnWallet',
  summary: 'One wallet of yours',
  params,
  response: ownWallet,
  example: { response: exampleWallet },
  handler: (context: Context<ApiDeps, Consumer>, { params }) => getOwnWallet(consumerOf(context), params),
});

const listOwnWalletEntriesRoute = consumerRoute({
  ...reading,
  path: '/v1/me/wallets/{walletId}/entries',
  operationId: 'listOwnWalletEntries',
  summary: 'What came into a wallet of yours and went out of it, the newest first',
  params,
  query: pageQuery,
  response: pageOf(ownEntry),
  example: { response: { data: [exampleEntry], nextCursor: null } },
  handler: (context: Context<ApiDeps, Consumer>, input) =>
    keysetPage(context, input, {
      operationId: 'listOwnWalletEntries',
      position: entryPosition,
      read: (page) => listOwnEntries(consumerOf(context), page),
    }),
});

export const ownWalletRoutes = [listOwnWalletsRoute, getOwnWalletRoute, listOwnWalletEntriesRoute];
