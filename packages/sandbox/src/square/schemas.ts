import * as z from 'zod';

// Fields are those of Square's samples, and of its specification (api.json of square/connect-api-specification at 5733f66)
// where the samples lack one that the simulator sends. Strict: a field that Square does not have is a mistake of ours.

const timestamp = z.iso.datetime();
const money = z.strictObject({ amount: z.int(), currency: z.string().length(3) });
const processingFee = z.strictObject({ amount_money: money, effective_at: timestamp, type: z.string() });

const cardDetails = z.strictObject({
  status: z.string(),
  card: z.record(z.string(), z.union([z.string(), z.int()])),
  card_payment_timeline: z.strictObject({ authorized_at: timestamp.optional(), captured_at: timestamp.optional() }),
  auth_result_code: z.string().optional(),
  avs_status: z.string(),
  cvv_status: z.string(),
  entry_method: z.string(),
  statement_description: z.string(),
});

export const squarePayment = z.strictObject({
  id: z.string(),
  status: z.enum(['APPROVED', 'PENDING', 'COMPLETED', 'CANCELED', 'FAILED']),
  amount_money: money,
  tip_money: money.optional(),
  total_money: money,
  approved_money: money.optional(),
  refunded_money: money.optional(),
  refund_ids: z.array(z.string()).optional(),
  processing_fee: z.array(processingFee).optional(),
  source_type: z.string(),
  card_details: cardDetails.optional(),
  location_id: z.string(),
  order_id: z.string().optional(),
  customer_id: z.string().optional(),
  buyer_email_address: z.string().optional(),
  created_at: timestamp,
  updated_at: timestamp,
  offline_payment_details: z.strictObject({ client_created_at: timestamp }).optional(),
  application_details: z.strictObject({ application_id: z.string(), square_product: z.string() }).optional(),
  capabilities: z.array(z.string()).optional(),
  risk_evaluation: z.strictObject({ created_at: timestamp, risk_level: z.string() }).optional(),
  delay_action: z.string().optional(),
  delay_duration: z.string().optional(),
  delayed_until: timestamp.optional(),
  employee_id: z.string().optional(),
  team_member_id: z.string().optional(),
  note: z.string().optional(),
  receipt_number: z.string().optional(),
  receipt_url: z.string().optional(),
  version_token: z.string().optional(),
});

export const squareRefund = z.strictObject({
  id: z.string(),
  status: z.enum(['PENDING', 'COMPLETED', 'REJECTED', 'FAILED']),
  amount_money: money,
  payment_id: z.string(),
  order_id: z.string().optional(),
  location_id: z.string(),
  processing_fee: z.array(processingFee).optional(),
  reason: z.string().optional(),
  created_at: timestamp,
  updated_at: timestamp,
  /** In webhooks only. */
  version: z.int().optional(),
});

const address = z.record(z.string(), z.string());

export const squareLocation = z.strictObject({
  id: z.string(),
  merchant_id: z.string(),
  name: z.string(),
  business_name: z.string(),
  status: z.enum(['ACTIVE', 'INACTIVE']),
  country: z.string(),
  currency: z.string(),
  timezone: z.string(),
  language_code: z.string(),
  created_at: timestamp,
  capabilities: z.array(z.string()).optional(),
  type: z.string().optional(),
  address: address.optional(),
  coordinates: z.strictObject({ latitude: z.number(), longitude: z.number() }).optional(),
  description: z.string().optional(),
  mcc: z.string().optional(),
  phone_number: z.string().optional(),
});

const appliedTo = { uid: z.string(), applied_money: money };
const adjustment = {
  ...appliedTo,
  name: z.string(),
  percentage: z.string().optional(),
  type: z.string(),
  scope: z.string(),
};
const totals = {
  total_money: money,
  total_tax_money: money,
  total_discount_money: money,
  total_service_charge_money: money,
};

const orderLine = z.strictObject({
  uid: z.string(),
  name: z.string().optional(),
  quantity: z.string(),
  item_type: z.string().optional(),
  catalog_object_id: z.string().optional(),
  variation_name: z.string().optional(),
  base_price_money: money,
  gross_sales_money: money,
  variation_total_price_money: money,
  applied_taxes: z.array(z.strictObject({ ...appliedTo, tax_uid: z.string() })).optional(),
  applied_discounts: z.array(z.strictObject({ ...appliedTo, discount_uid: z.string() })).optional(),
  ...totals,
});

export const squareOrder = z.strictObject({
  id: z.string(),
  location_id: z.string(),
  state: z.enum(['OPEN', 'COMPLETED', 'CANCELED']),
  version: z.int(),
  created_at: timestamp,
  updated_at: timestamp,
  closed_at: timestamp.optional(),
  customer_id: z.string().optional(),
  line_items: z.array(orderLine),
  taxes: z.array(z.strictObject(adjustment)).optional(),
  discounts: z.array(z.strictObject({ ...adjustment, amount_money: money.optional() })).optional(),
  net_amounts: z.strictObject({
    total_money: money,
    tax_money: money,
    discount_money: money,
    tip_money: money,
    service_charge_money: money,
  }),
  total_tip_money: money,
  ...totals,
});

export const squareCustomer = z.strictObject({
  id: z.string(),
  created_at: timestamp,
  updated_at: timestamp,
  creation_source: z.string(),
  given_name: z.string().optional(),
  family_name: z.string().optional(),
  email_address: z.string().optional(),
  phone_number: z.string().optional(),
  address: address.optional(),
  birthday: z.string().optional(),
  group_ids: z.array(z.string()).optional(),
  preferences: z.strictObject({ email_unsubscribed: z.boolean() }),
  version: z.int(),
});

/** Of a webhook, and of a search for events. */
export const squareEnvelope = z.strictObject({
  merchant_id: z.string(),
  type: z.string(),
  event_id: z.string(),
  // Square writes fractions of any length, and now and then no zone.
  created_at: z.string(),
  location_id: z.string().optional(),
  data: z.strictObject({
    type: z.string(),
    id: z.string(),
    object: z.record(z.string(), z.record(z.string(), z.json())).optional(),
  }),
});

export type SquarePayment = z.infer<typeof squarePayment>;
export type SquareRefund = z.infer<typeof squareRefund>;
export type SquareLocation = z.infer<typeof squareLocation>;
export type SquareOrder = z.infer<typeof squareOrder>;
export type SquareCustomer = z.infer<typeof squareCustomer>;
export type SquareEnvelope = z.infer<typeof squareEnvelope>;
