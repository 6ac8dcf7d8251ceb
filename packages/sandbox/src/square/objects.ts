import type { Random } from '../kernel/random.ts';
import paymentCreated from './samples/payment.created.json' with { type: 'json' };
import paymentUpdated from './samples/payment.updated.json' with { type: 'json' };
import type { SquareCustomer, SquareLocation, SquarePayment, SquareRefund } from './schemas.ts';

/** Amounts in minor units, times RFC 3339 in UTC. */
export interface PaymentFields {
  id: string;
  status: SquarePayment['status'];
  currency: string;
  amountMinor: number;
  tipMinor: number;
  locationId: string;
  orderId: string;
  createdAt: string;
  updatedAt: string;
  versionToken: string;
  customerId?: string | undefined;
  buyerEmail?: string | undefined;
  /** When the till took it without a connection. */
  offlineAt?: string | undefined;
}

// Shared by all payments and never changed: a copy for each of 100,000 would cost seconds.
const approved = paymentCreated.data.object.payment;
const { capabilities: _, ...captured } = { ...approved, ...paymentUpdated.data.object.payment };

/** A payment with every field that Square's own samples have. */
export function newPayment(fields: PaymentFields): SquarePayment {
  const money = (amount: number) => ({ amount, currency: fields.currency });
  const totalMinor = fields.amountMinor + fields.tipMinor;
  return {
    ...cardOf(fields.status),
    id: fields.id,
    status: fields.status,
    amount_money: money(fields.amountMinor),
    ...(fields.tipMinor > 0 && { tip_money: money(fields.tipMinor) }),
    total_money: money(totalMinor),
    approved_money: money(totalMinor),
    location_id: fields.locationId,
    order_id: fields.orderId,
    ...(fields.customerId !== undefined && { customer_id: fields.customerId }),
    ...(fields.buyerEmail !== undefined && { buyer_email_address: fields.buyerEmail }),
    ...(fields.offlineAt !== undefined && { offline_payment_details: { client_created_at: fields.offlineAt } }),
    receipt_number: fields.id.slice(0, 4),
    created_at: fields.createdAt,
    updated_at: fields.updatedAt,
    version_token: fields.versionToken,
  };
}

/** What follows from a payment's status: all that is not about this payment alone. */
export function cardOf(status: SquarePayment['status']): typeof captured | typeof approved {
  return status === 'COMPLETED' ? captured : approved;
}

export interface RefundFields {
  id: string;
  payment: SquarePayment;
  status: SquareRefund['status'];
  amountMinor: number;
  reason: string;
  createdAt: string;
  updatedAt: string;
}

export function newRefund({ payment, ...fields }: RefundFields): SquareRefund {
  return {
    id: fields.id,
    status: fields.status,
    amount_money: { amount: fields.amountMinor, currency: payment.amount_money.currency },
    payment_id: payment.id,
    ...(payment.order_id !== undefined && { order_id: payment.order_id }),
    location_id: payment.location_id,
    reason: fields.reason,
    created_at: fields.createdAt,
    updated_at: fields.updatedAt,
  };
}

export interface LocationInput {
  id?: string;
  name: string;
  /** IANA name; UTC unless told. */
  timezone?: string;
}

export function newLocation(
  input: LocationInput,
  merchant: { id: string; name: string; country: string; currency: string },
  createdAt: string,
  random: Random,
): SquareLocation {
  return {
    id: input.id ?? `L${random.text(12, 'ABCDEFGHJKMNPQRSTVWXYZ0123456789')}`,
    merchant_id: merchant.id,
    name: input.name,
    business_name: merchant.name,
    status: 'ACTIVE',
    country: merchant.country,
    currency: merchant.currency,
    timezone: input.timezone ?? 'Etc/UTC',
    language_code: 'en-US',
    type: 'PHYSICAL',
    capabilities: ['CREDIT_CARD_PROCESSING'],
    created_at: createdAt,
  };
}

export interface CustomerInput {
  id?: string;
  givenName?: string;
  familyName?: string;
  email?: string;
  /** E.164. */
  phone?: string;
}

export function newCustomer(input: CustomerInput, createdAt: string, random: Random): SquareCustomer {
  return {
    id: input.id ?? random.text(26, 'ABCDEFGHJKMNPQRSTVWXYZ0123456789'),
    ...(input.givenName !== undefined && { given_name: input.givenName }),
    ...(input.familyName !== undefined && { family_name: input.familyName }),
    ...(input.email !== undefined && { email_address: input.email }),
    ...(input.phone !== undefined && { phone_number: input.phone }),
    created_at: createdAt,
    updated_at: createdAt,
    creation_source: 'DIRECTORY',
    preferences: { email_unsubscribed: false },
    version: 0,
  };
}
