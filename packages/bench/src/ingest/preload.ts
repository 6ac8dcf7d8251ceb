import { createSquareWebhook } from '@tributary/functions/webhooks/square';
import type { DeliveryMessage } from '@tributary/queue/message';
import { createSender } from '@tributary/queue/sender';
import { signSquare, squareHeaders, squarePaymentEvent } from '@tributary/sandbox/square/webhook';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { answer } from '../child.ts';
import { accountRef, openAccountRef } from './stage.ts';

export interface PreloadQuestion {
  queueUrl: string;
  /** Makes the payments of this preload differ from those of others. */
  name: string;
  count: number;
  customers: number;
  /** Of the payments, one each, at the merchant that is asked about them; without it they are of the other. */
  orderIds?: readonly string[];
}

const key = 'bench-signature-key';
const notificationUrl = 'https://hooks.example.com/webhooks/square';
const takenAt = '2026-06-01T12:00:00Z';

function request({ name, customers, orderIds }: PreloadQuestion, index: number): APIGatewayProxyEventV2 {
  const event = squarePaymentEvent({
    eventId: `event-${name}-${index}`,
    merchantId: orderIds === undefined ? accountRef : openAccountRef,
    paymentId: `payment-${name}-${index}`,
    amountMinor: 1000 + index,
    customerId: `customer-${index % customers}`,
    createdAt: takenAt,
  });
  const { payment } = event.data.object;
  payment.order_id = orderIds?.[index] ?? payment.order_id;
  const body = JSON.stringify(event);
  const headers = squareHeaders(signSquare(key, notificationUrl, Buffer.from(body)), takenAt);
  const requestContext = { requestId: `${name}-${index}`, http: { method: 'POST' } };
  return { headers, body, isBase64Encoded: false, requestContext } as unknown as APIGatewayProxyEventV2;
}

/** What the real webhook function makes of signed deliveries goes onto the queue, ten messages per request. */
answer<PreloadQuestion>(async (question) => {
  const { queueUrl, count } = question;
  const messages: DeliveryMessage[] = [];
  const webhook = createSquareWebhook({
    keys: () => [key],
    notificationUrl: () => notificationUrl,
    send: async (message) => void messages.push(message),
  });
  for (let index = 0; index < count; index += 1) await webhook(request(question, index));
  if (messages.length !== count) throw new Error(`the webhook took ${messages.length} of ${count} deliveries`);
  await createSender<DeliveryMessage>({ queueUrl }).sendAll(messages);
});
