import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { adjustWallet, adjustWalletInput } from '@tributary/loyalty/adjust/adjust-wallet';
import { adjustment } from '@tributary/loyalty/adjust/adjustment';
import { adjustmentPosition, listAdjustments } from '@tributary/loyalty/adjust/list-adjustments';
import { freezeWallet, moveWalletInput, unfreezeWallet } from '@tributary/loyalty/freeze/freeze-wallet';
import { wallet } from '@tributary/loyalty/wallet/wallet';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { exampleWallet } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

const params = z.strictObject({ walletId: z.string().max(64) });
const managing = {
  method: 'POST',
  tags: ['Wallets'],
  idempotent: true,
  params,
} as const;
const moving = { ...managing, body: moveWalletInput.omit({ walletId: true }), response: wallet } as const;

const example = {
  id: 'adj_01kb7m2q8r5s6t7v8w9x0y1z2a',
  walletId: exampleWallet.id,
  points: 50,
  balanceAfter: 75,
  reason: 'Waited forty minutes for a table.',
  actor: 'user_1',
  createdAt: '2026-11-20T19:45:00.000Z',
};

const listAdjustmentsRoute = route({
  method: 'GET',
  tags: ['Wallets'],
  path: '/v1/wallets/{walletId}/adjustments',
  operationId: 'listAdjustments',
  summary: 'What was corrected by hand on a wallet, the newest first',
  params,
  query: pageQuery,
  response: pageOf(adjustment),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listAdjustments',
      position: adjustmentPosition,
      read: (page) => listAdjustments(tenantOf(context), page),
    }),
});

const adjustWalletRoute = route({
  ...managing,
  path: '/v1/wallets/{walletId}/adjustments',
  operationId: 'adjustWallet',
  summary: 'Corrects the points of a wallet by hand, a frozen one too',
  body: adjustWalletInput.omit({ walletId: true }),
  response: adjustment,
  responseStatus: 201,
  example: { body: { points: 50, reason: example.reason }, response: example },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'adjustWallet', request, (tx, key) =>
      adjustWallet({ ...actingIn(context, tx), key }, request),
    );
  },
});

const freezeWalletRoute = route({
  ...moving,
  path: '/v1/wallets/{walletId}/freeze',
  operationId: 'freezeWallet',
  summary: 'Nothing moves the points of a wallet until it is unfrozen, but corrections by hand; sales are recorded',
  example: { body: { reason: 'Card reported stolen.' }, response: { ...exampleWallet, status: 'frozen' } },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'freezeWallet', request, (tx) => freezeWallet(actingIn(context, tx), request));
  },
});

const unfreezeWalletRoute = route({
  ...moving,
  path: '/v1/wallets/{walletId}/unfreeze',
  operationId: 'unfreezeWallet',
  summary: 'Ends a freeze and makes good what the sales since would have moved',
  example: { body: { reason: 'Customer found the card.' }, response: exampleWallet },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'unfreezeWallet', request, (tx) => unfreezeWallet(actingIn(context, tx), request));
  },
});

export const walletManagementRoutes = [listAdjustmentsRoute, adjustWalletRoute, freezeWalletRoute, unfreezeWalletRoute];
