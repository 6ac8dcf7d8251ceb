import { createHmac } from 'node:crypto';
import type { LoadRequest } from './load.ts';

export const key = 'bench-webhook-key==';
export const path = '/webhooks/xero';

const intent = Buffer.from(
  '{"events": [], "lastEventSequence": 0, "firstEventSequence": 0, "entropy": "S0m3r4Nd0mt3xt"}',
);

/** Eight changes of four organisations, about 3 KB. */
const delivery = Buffer.from(
  JSON.stringify({
    events: Array.from({ length: 8 }, (_, index) => ({
      resourceUrl: `https://api.xero.com/api.xro/2.0/Invoices/717f2bfc-c6d4-41fd-b238-3f2f0c0cf77${index}`,
      resourceId: `717f2bfc-c6d4-41fd-b238-3f2f0c0cf77${index}`,
      eventDateUtc: '2026-11-20T21:16:51.086',
      eventType: 'UPDATE',
      eventCategory: 'INVOICE',
      tenantId: `c2cc9b6e-9458-4c7d-93cc-f02b81b0594${index % 4}`,
      tenantType: 'ORGANISATION',
    })),
    firstEventSequence: 1,
    lastEventSequence: 8,
    entropy: 'S0m3r4Nd0mt3xt',
  }),
);

function requestBytes(port: number, body: Buffer, by: string): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'content-type: application/json',
    'user-agent: Xero/1.0',
    `x-xero-signature: ${createHmac('sha256', by).update(body).digest('base64')}`,
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

/** What Xero posts: deliveries, and its check of a new webhook, rightly and wrongly signed. */
export const requests = (port: number): LoadRequest[] => [
  { bytes: requestBytes(port, delivery, key), status: 200 },
  { bytes: requestBytes(port, intent, key), status: 200 },
  { bytes: requestBytes(port, intent, 'other-key'), status: 401 },
];
