import type { AnswerParts, JointQuestion } from '@tributary/core/joint-question';
import { parseStorableJson } from '@tributary/core/storable-json';
import * as z from 'zod';
import { elementsOf } from '../json-elements.ts';
import { isPathSegment } from '../path-segment.ts';
import { isOfPayment } from './facts.ts';
import { maxOrders, ordersRequest, singleOrder, singleOrderRequest } from './orders.ts';

const paymentOfOrder = z.looseObject({ payment: z.looseObject({ order_id: z.string().refine(isPathSegment) }) });

const severalOrders = z.looseObject({ orders: z.array(z.unknown()).nullish() });

/** The orders of payments. */
export const jointOrders: JointQuestion = {
  atMost: maxOrders,
  objectOf: (event) =>
    isOfPayment(event) ? (paymentOfOrder.safeParse(event.payload).data?.payment.order_id ?? null) : null,
  alone: singleOrderRequest,
  jointly: ordersRequest,
  answer: severalOrders,
  partsOf,
};

/** Where something went wrong it says so beside the orders that it found. */
function partsOf(body: Uint8Array): AnswerParts {
  const written = Buffer.from(body).toString('utf8');
  const byId = new Map<string, Uint8Array>();
  let isWhole = elementsOf(written, 'errors').length === 0;
  for (const element of elementsOf(written, 'orders')) {
    const part = Buffer.from(`{"order":${element}}`);
    const read = singleOrder.safeParse(parseStorableJson(part));
    if (read.success) byId.set(read.data.order.id, part);
    else isWhole = false;
  }
  return { byId, isWhole };
}
