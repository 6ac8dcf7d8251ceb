import { readFileSync } from 'node:fs';

/** A sample payload of Square's, byte for byte as it was published; the folder's README tells where. */
export function squareSample(
  name: 'payment.created' | 'payment.updated' | 'refund.created' | 'refund.updated',
): Buffer {
  return readFileSync(new URL(`./samples/square.${name}.json`, import.meta.url));
}
