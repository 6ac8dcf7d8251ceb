import type { SandboxMerchant } from '@tributary/sandbox/clover/objects';

/** One shop at all three: the merchant of Square's own sample payloads, that of Clover's, and an organisation at Xero. */
export const shop = {
  square: '6SSW7HV8K2ST5',
  clover: 'XYZVJT2ZRRRSC',
  xero: '45e4708e-d862-4111-ab3a-dd8cd03913e1',
} as const;

/** Another shop. Nothing connects it but somebody by hand. */
export const newcomer = {
  square: 'HARBOURCAFE01',
  clover: 'HARBOURCAFE02',
  xero: '9f857b10-7ef1-4a33-9a3c-3f6c5d7f6a55',
} as const;

/** The id of the app in Clover's own samples. */
export const cloverApp = 'DRKVJT2ZRRRSC';

/** A merchant at Clover who has sold something an hour ago. */
export function cloverAccount(id: string, name: string, customerId: string): SandboxMerchant {
  const soldAtMs = Date.now() - 3_600_000;
  const times = { createdTime: soldAtMs, modifiedTime: soldAtMs };
  const orderId = `${id}-ORDER`;
  const cake = { id: `${id}-LINE`, name: 'Flat white and cake', price: 1545 };
  return {
    id,
    name,
    orders: [{ id: orderId, currency: 'USD', ...times, customers: [{ id: customerId }], lineItems: [cake] }],
    payments: [{ id: `${id}-PAYMENT`, orderId, amount: 1545, tipAmount: 200, result: 'SUCCESS', ...times }],
  };
}
