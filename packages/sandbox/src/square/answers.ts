import * as z from 'zod';
import { squareCustomer, squareEnvelope, squareLocation, squareOrder, squarePayment, squareRefund } from './schemas.ts';

const timestamp = z.iso.datetime();

const subscription = z.strictObject({
  id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  event_types: z.array(z.string()),
  notification_url: z.url(),
  api_version: z.string(),
  signature_key: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const squareErrors = z.strictObject({
  errors: z
    .array(
      z.strictObject({
        category: z.enum(['API_ERROR', 'AUTHENTICATION_ERROR', 'INVALID_REQUEST_ERROR', 'RATE_LIMIT_ERROR']),
        code: z.string(),
        detail: z.string().optional(),
        field: z.string().optional(),
      }),
    )
    .min(1),
});

const cursor = z.string().min(1).optional();

/** The answers with status 200, by what was asked. */
export const squareAnswers = {
  'POST /oauth2/token': z.strictObject({
    access_token: z.string().max(1024),
    token_type: z.literal('bearer'),
    expires_at: timestamp,
    merchant_id: z.string(),
    refresh_token: z.string(),
    short_lived: z.boolean(),
  }),
  'POST /oauth2/revoke': z.strictObject({ success: z.literal(true) }),
  'POST /oauth2/token/status': z.strictObject({
    scopes: z.array(z.string()),
    expires_at: timestamp,
    client_id: z.string(),
    merchant_id: z.string(),
  }),
  'GET /v2/locations': z.strictObject({ locations: z.array(squareLocation) }),
  'GET /v2/payments': z.strictObject({ payments: z.array(squarePayment).optional(), cursor }),
  'GET /v2/payments/:id': z.strictObject({ payment: squarePayment }),
  'GET /v2/refunds': z.strictObject({ refunds: z.array(squareRefund).optional(), cursor }),
  'GET /v2/refunds/:id': z.strictObject({ refund: squareRefund }),
  'GET /v2/orders/:id': z.strictObject({ order: squareOrder }),
  'POST /v2/orders/batch-retrieve': z.strictObject({ orders: z.array(squareOrder).optional() }),
  'GET /v2/customers/:id': z.strictObject({ customer: squareCustomer }),
  'POST /v2/events': z.strictObject({
    events: z.array(squareEnvelope).optional(),
    metadata: z.array(z.strictObject({ event_id: z.string(), api_version: z.string() })).optional(),
    cursor,
  }),
  'PUT /v2/events/enable': z.strictObject({}),
  'PUT /v2/events/disable': z.strictObject({}),
  'GET /v2/webhooks/subscriptions': z.strictObject({ subscriptions: z.array(subscription).optional(), cursor }),
  'POST /v2/webhooks/subscriptions/:id/signature-key': z.strictObject({ signature_key: z.string() }),
  'POST /v2/webhooks/subscriptions/:id/test': z.strictObject({
    subscription_test_result: z.strictObject({
      id: z.string(),
      status_code: z.int().optional(),
      payload: z.string(),
      created_at: z.string(),
      updated_at: z.string(),
    }),
  }),
};

export type SquareSubscription = z.infer<typeof subscription>;
