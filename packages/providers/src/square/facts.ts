import type { Json } from '@tributary/core/canonical-json';
import { PermanentFailure } from '@tributary/core/errors';
import type { Fact } from '@tributary/core/facts';
import * as z from 'zod';
import { fit } from '../fit.ts';
import * as payment from './payment.ts';
import * as refund from './refund.ts';
import * as revocation from './revocation.ts';

export interface SquareEvent {
  type: string;
  payload: Json;
  occurredAt?: Date | null;
}

const paymentObject = z.looseObject({ payment: payment.squarePayment });
const refundObject = z.looseObject({ refund: refund.squareRefund });
const revocationObject = z.looseObject({ revocation: revocation.squareRevocation });

// A Map and not an object: the type comes from outside, and `constructor` is a key of every object.
const readers = new Map<string, (event: SquareEvent) => Fact[]>([
  ['payment.created', (event) => [payment.toFact(readPayment(event))]],
  ['payment.updated', (event) => [payment.toFact(readPayment(event))]],
  ['refund.created', refundFacts],
  ['refund.updated', refundFacts],
  ['oauth.authorization.revoked', revocationFacts],
]);

/**
 * What a Square event alone says happened; empty for types that we do not apply. Payments are without lines and tax: see `resolve`.
 * @throws PermanentFailure `invalid_payload` when the payload is not what its type promises.
 */
export function factsOf(event: SquareEvent): Fact[] {
  return readers.get(event.type)?.(event) ?? [];
}

/** The payment that an event is about, null for other events. @throws PermanentFailure `invalid_payload` */
export function paymentOf(event: SquareEvent): payment.SquarePayment | null {
  return isOfPayment(event) ? readPayment(event) : null;
}

export const isOfPayment = ({ type }: Pick<SquareEvent, 'type'>) =>
  type === 'payment.created' || type === 'payment.updated';

function readPayment(event: SquareEvent): payment.SquarePayment {
  return fit(paymentObject, event.payload, event.type).payment;
}

function refundFacts(event: SquareEvent): Fact[] {
  const fact = refund.toFact(fit(refundObject, event.payload, event.type).refund);
  return fact ? [fact] : [];
}

function revocationFacts(event: SquareEvent): Fact[] {
  const revoked = fit(revocationObject, event.payload, event.type).revocation;
  const fact = revocation.toFact(revoked, event.occurredAt ?? null);
  if (!fact) throw new PermanentFailure('invalid_payload', `${event.type} does not say when`);
  return [fact];
}
