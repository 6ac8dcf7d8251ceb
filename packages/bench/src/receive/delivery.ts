import { signSquare, squareHeaders, squarePaymentEvent } from '@tributary/sandbox/square/webhook';

export const key = 'bench-signature-key';
export const notificationUrl = 'https://hooks.example.com/webhooks/square';
export const path = '/webhooks/square';
export const signatureHeader = 'x-square-hmacsha256-signature';

/** About what Square sends for a payment. */
const bodyBytes = 2048;

const event = squarePaymentEvent({
  eventId: '6a8f5f28-54a1-4eb0-a98a-3111513fd4fc',
  merchantId: '6SSW7HV8K2ST5',
  paymentId: 'hYy9pRFVxpDsO1FB05SunFWUe9JZY',
  amountMinor: 1000,
  customerId: 'RM2R6QCW0PTA8DG6TRB0T3CTSW',
  createdAt: '2026-11-20T21:16:51.086Z',
});

/** A Square payment event of exactly 2 KB, filled up with its note. */
export const body = ((): Buffer => {
  const withNote = (note: string) => {
    const { payment } = event.data.object;
    return JSON.stringify({ ...event, data: { ...event.data, object: { payment: { ...payment, note } } } });
  };
  return Buffer.from(withNote('n'.repeat(bodyBytes - withNote('').length)));
})();

/** Headers as they arrive. With `forged`, signed by somebody else. */
export function headers({ forged = false } = {}): Record<string, string> {
  return {
    ...squareHeaders(signSquare(forged ? 'other-key' : key, notificationUrl, body), '2026-11-20T21:16:52Z'),
    'user-agent': 'Square Connect v2',
    accept: '*/*',
    'content-length': String(body.length),
  };
}

/** The request as bytes, for a load generator that must cost less than what it measures. */
export function requestBytes(port: number): Buffer {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers() }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), body]);
}
