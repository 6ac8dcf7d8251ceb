import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DeliveryMessage } from '@tributary/queue/message';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { vi } from 'vitest';

const samples = new URL('../../packages/providers/test/payloads/', import.meta.url);
const sample = (name: string) => readFileSync(new URL(name, samples));

export const key = 'square-signature-key-1';
export const formerKey = 'square-signature-key-0';
export const code = '0307e264-b33a-4913-88aa-37b10014a0b8';
export const xeroKey = 'xero-webhook-key-1==';
export const notificationUrl = 'https://hooks.example.com/webhooks/square';
export const payment = sample('square/webhook.payment.updated.json');
export const verification = sample('clover/webhook.verification.json');
export const orders = sample('clover/webhook.orders.json');
export const xeroContact = sample('xero/webhook.contact.update.json');
export const now = () => new Date('2026-11-21T01:02:03.004Z');

export type Body = Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>;
export const asText = (bytes: Uint8Array): Body => ({
  body: Buffer.from(bytes).toString('utf8'),
  isBase64Encoded: false,
});
export const asBase64 = (bytes: Uint8Array): Body => ({
  body: Buffer.from(bytes).toString('base64'),
  isBase64Encoded: true,
});

/** An API Gateway event, payload format 2.0. */
export function request(body: Body, headers: Record<string, string> = {}, method = 'POST'): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/webhooks/provider',
    rawQueryString: 'token=in-the-query',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.7', ...headers },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.internal.example.com',
      domainPrefix: 'api',
      http: { method, path: '/webhooks/provider', protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: 'Square' },
      requestId: 'req-1',
      routeKey: '$default',
      stage: '$default',
      time: '21/Nov/2026:01:02:03 +0000',
      timeEpoch: 1_795_000_000_000,
    },
    ...body,
  };
}

export const sign = (body: Uint8Array, by = key, url = notificationUrl) =>
  createHmac('sha256', by).update(url).update(body).digest('base64');
export const signed = (body: Uint8Array, by?: string) => ({ 'x-square-hmacsha256-signature': sign(body, by) });
export const xeroSigned = (body: Uint8Array, by = xeroKey) => ({
  'x-xero-signature': createHmac('sha256', by).update(body).digest('base64'),
});
export const answer = (statusCode: number) => ({ statusCode, headers: { 'content-type': 'text/plain' }, body: '' });

/** A queue that takes everything, and what goes to stdout meanwhile. `vi.restoreAllMocks()` gives stdout back. */
export function record() {
  const sent: DeliveryMessage[] = [];
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  return {
    sent,
    lines,
    send: async (message: DeliveryMessage) => void sent.push(message),
    logged: () => lines.map((line) => JSON.parse(line)),
  };
}
