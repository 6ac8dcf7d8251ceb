import { readFileSync } from 'node:fs';

export const sampleNames = [
  'payment.created',
  'payment.updated',
  'refund.created',
  'refund.updated',
  'order.updated',
  'oauth.authorization.revoked',
] as const;

/** A sample payload of Square's, byte for byte as it was published; the folder's README tells where. */
export function squareSample(name: (typeof sampleNames)[number]): Buffer {
  return readFileSync(new URL(`./samples/${name}.json`, import.meta.url));
}
