import { hash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Client } from '@tributary/core/client';

export const unknownClient: Client = { address: null, userAgent: null };

/** How requests that came through the edge are told from those that went around it. */
export interface Edge {
  /** What the edge proves itself with: any of these, so that one can follow another. */
  readonly keys: readonly string[];
  readonly keyHeader: string;
  /** Where the edge writes whose request it is. */
  readonly addressHeader: string;
}

/**
 * The client of a request: by what the edge says where there is one, else by the other end of the connection. `X-Forwarded-For` is never
 * read: callers begin it as they like, and a function URL hands on its first entry only.
 * @returns null when the request did not come through the edge.
 */
export function readClient(
  headers: Readonly<Record<string, string>>,
  sourceIp: string | undefined,
  edge: Edge | undefined,
): Client | null {
  const userAgent = visible(headers['user-agent']);
  if (!edge) return { address: readAddress(sourceIp), userAgent };
  const address = readAddress(headers[edge.addressHeader]);
  if (address === null || !isEdgeKey(headers[edge.keyHeader] ?? '', edge.keys)) return null;
  return { address, userAgent };
}

function isEdgeKey(given: string, keys: readonly string[]): boolean {
  const digest = hash('sha256', given, 'buffer');
  // Every key is compared, and none that is empty: a stage without a key has no edge.
  return keys.filter((key) => key !== '' && timingSafeEqual(digest, hash('sha256', key, 'buffer'))).length > 0;
}

function readAddress(text: string | undefined): string | null {
  const address = (text ?? '').toLowerCase().replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');
  return isIP(address) === 0 ? null : address;
}

function visible(text: string | undefined): string | null {
  return (text ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 255) || null;
}

/** What counts as one caller: an IPv4 address, or the /64 that a subscriber has of IPv6. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const after = groups(tail ?? '');
  // An IPv4 address at the end stands for two groups.
  const written = groups(head).length + after.length + (address.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : Array<string>(8 - written).fill('0');
  const network = [...groups(head), ...zeros, ...after].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
