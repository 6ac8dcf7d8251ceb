import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { getTransaction } from '@tributary/loyalty/transaction/get-transaction';
import {
  listTransactions,
  transactionFilters,
  transactionPosition,
} from '@tributary/loyalty/transaction/list-transactions';
import { transactionDetail, transactionSummary } from '@tributary/loyalty/transaction/transaction';
import * as z from 'zod';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';
import { exampleCustomer } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

const reading = { method: 'GET', tags: ['Transactions'] } as const;

const example = {
  id: 'txn_01kb7kz3v8e6tbwz1n0p4c5d6e',
  provider: 'square',
  providerTransactionId: 'hYy9pRFVxpDsO1FB05SunFWUe9JZY',
  status: 'completed' as const,
  amountMinor: 5000,
  tipMinor: 500,
  refundedMinor: 2500,
  currency: 'USD',
  customer: exampleCustomer,
  transactionAt: '2026-11-20T18:04:05.000Z',
  createdAt: '2026-11-20T18:04:07.312Z',
  updatedAt: '2026-11-20T19:30:00.120Z',
};

const listTransactionsRoute = route({
  ...reading,
  path: '/v1/transactions',
  operationId: 'listTransactions',
  summary: 'Sales, the newest first',
  query: pageQuery.extend(transactionFilters.shape),
  response: pageOf(transactionSummary),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listTransactions',
      position: transactionPosition,
      read: (page) => listTransactions(tenantOf(context), page),
    }),
});

const getTransactionRoute = route({
  ...reading,
  path: '/v1/transactions/{transactionId}',
  operationId: 'getTransaction',
  summary: 'One sale with its points and refunds',
  params: z.strictObject({ transactionId: z.string().max(64) }),
  response: transactionDetail,
  example: {
    response: {
      ...example,
      rewardRuleId: 'rul_01kb7kyyk2ed1ayr3mb0m8n7pq',
      pointsEarned: 50,
      pointsClawedBack: 25,
      refunds: [
        {
          providerRefundId: 'hYy9pRFVxpDsO1FB05SunFWUe9JZY_xYFjKkqFz',
          status: 'completed',
          amountMinor: 2500,
          currency: 'USD',
          updatedAt: '2026-11-20T19:29:58.000Z',
        },
      ],
    },
  },
  handler: (context: Context<ApiDeps>, { params }) => getTransaction(tenantOf(context), params),
});

export const transactionRoutes = [listTransactionsRoute, getTransactionRoute];
