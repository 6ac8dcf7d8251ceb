import { createHmac } from 'node:crypto';
import type * as z from 'zod';
import { webhookSchema } from './schemas.ts';
import type { XeroOptions } from './simulator.ts';
import { type Stage, setStage } from './xero.fixture.ts';

export const url = 'https://receiver.invalid/xero';

/** The signature as Xero documents it, whatever the simulator sends. */
export const hash = (key: string, body: Buffer) => createHmac('sha256', key).update(body).digest('base64');

export interface Receiver {
  /** What it verifies with. */
  key: string;
  readonly fetch: typeof fetch;
  /** Deliveries with events, in order of arrival. */
  deliveries(): z.infer<typeof webhookSchema>[];
  /** As they arrived, those without events too. */
  readonly received: { body: Buffer; signature: string }[];
  /** Instead of the right answer, for the next deliveries that have events. */
  readonly answers: Response[];
}

/** Verifies with its key, as a good receiver does. */
export function createReceiver(): Receiver {
  const received: Receiver['received'] = [];
  const answers: Response[] = [];
  const read = (body: Buffer) => webhookSchema.parse(JSON.parse(body.toString('utf8')));
  const receiver: Receiver = {
    key: '',
    received,
    answers,
    deliveries: () => received.map(({ body }) => read(body)).filter(({ events }) => events.length > 0),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const body = Buffer.from(await request.arrayBuffer());
      const signature = request.headers.get('x-xero-signature') ?? '';
      received.push({ body, signature });
      const planned = read(body).events.length > 0 ? answers.shift() : undefined;
      return planned ?? new Response(null, { status: signature === hash(receiver.key, body) ? 200 : 401 });
    },
  };
  return receiver;
}

/** A stage that is connected, and a receiver that passed the intent to receive. */
export async function openReceiver(
  webhooks: XeroOptions['webhooks'] = {},
): Promise<{ stage: Stage; receiver: Receiver }> {
  const receiver = createReceiver();
  const stage = setStage({ webhooks: { fetch: receiver.fetch, ...webhooks } });
  await stage.connect();
  receiver.key = stage.xero.webhooks.subscribe({ url });
  await stage.xero.webhooks.testIntentToReceive();
  return { stage, receiver };
}
