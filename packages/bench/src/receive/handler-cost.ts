import { createHmac, timingSafeEqual } from 'node:crypto';
import { createSquareWebhook } from '@tributary/functions/webhooks/square';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { answer } from '../child.ts';
import { median } from '../result.ts';
import { body, headers, key, notificationUrl, path, signatureHeader } from './delivery.ts';

export interface HandlerCost {
  /** CPU per call of the handler. */
  handlerMicros: number;
  /** CPU per check of the signature alone. */
  checkMicros: number;
}

let taken = 0;
const handler = createSquareWebhook({
  keys: () => [key],
  notificationUrl: () => notificationUrl,
  send: async () => {
    taken += 1;
  },
});

const signed: Record<string, string> = { host: 'hooks.example.com', ...headers() };
const event: APIGatewayProxyEventV2 = {
  version: '2.0',
  routeKey: `POST ${path}`,
  rawPath: path,
  rawQueryString: '',
  headers: signed,
  requestContext: {
    accountId: '000000000000',
    apiId: 'bench',
    domainName: 'hooks.example.com',
    domainPrefix: 'hooks',
    http: { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'Square Connect v2' },
    requestId: 'JKJaXmPLvHcESHA=',
    routeKey: `POST ${path}`,
    stage: '$default',
    time: '20/Nov/2026:21:16:52 +0000',
    timeEpoch: 1_795_209_412_000,
  },
  body: body.toString('utf8'),
  isBase64Encoded: false,
};

async function handle(): Promise<void> {
  const { statusCode } = await handler(event);
  if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
}

function check(): void {
  const expected = createHmac('sha256', key).update(notificationUrl).update(body).digest('base64');
  const given = Buffer.from(signed[signatureHeader] ?? '');
  if (!timingSafeEqual(given, Buffer.from(expected))) throw new Error('not signed');
}

async function microsPerCall(calls: number, call: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < calls; done += 1) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

answer<{ calls: number; rounds: number }>(async ({ calls, rounds }): Promise<HandlerCost> => {
  await microsPerCall(calls, handle);
  const handlerMicros: number[] = [];
  const checkMicros: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    handlerMicros.push(await microsPerCall(calls, handle));
    checkMicros.push(await microsPerCall(calls, check));
  }
  if (taken !== calls * (rounds + 1)) throw new Error('the handler did not send every message');
  return { handlerMicros: median(handlerMicros), checkMicros: median(checkMicros) };
});
