import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ProviderError } from '@tributary/core/provider-error';
import type { FaultKind } from '@tributary/sandbox/kernel/faults';
import { expect } from 'vitest';

/** Goes where a browser is sent, and comes back: the parameters of the redirect, and the address it went to. */
export async function authorizeAt(url: URL): Promise<{ redirectUrl: string; callback: Record<string, string> }> {
  const response = await fetch(url, { redirect: 'manual' });
  expect(response.status).toBe(302);
  const location = new URL(response.headers.get('location') ?? '');
  return { redirectUrl: location.origin + location.pathname, callback: Object.fromEntries(location.searchParams) };
}

/** What was thrown; it shows none of the secrets, however it is printed. */
export async function failureOf(asked: Promise<unknown>, secrets: readonly string[] = []): Promise<ProviderError> {
  const error = await asked.then(
    () => expect.fail('it was answered'),
    (thrown: unknown) => thrown as ProviderError,
  );
  expect(error.name).toBe('ProviderError');
  const printed = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
  for (const secret of secrets) expect(printed).not.toContain(secret);
  return error;
}

/** Ways in which a token endpoint fails without having said anything about the token: before it acts, or after. */
export const transientFaults: readonly [FaultKind, 'before' | 'after'][] = [
  ['rate_limited_seconds', 'before'],
  ['rate_limited_date', 'before'],
  ['rate_limited_silent', 'before'],
  ['server_error', 'before'],
  ['bad_gateway', 'before'],
  ['unavailable', 'before'],
  ['no_answer', 'before'],
  ['reset', 'before'],
  ['reset_after_commit', 'after'],
  ['no_answer_after_commit', 'after'],
  ['malformed', 'after'],
  ['truncated', 'after'],
  ['truncated_gzip', 'after'],
  ['html', 'after'],
  ['empty', 'after'],
];

/** How long to wait for an answer that meets the fault: not long for one that never comes. */
export const timeoutMsFor = (fault: FaultKind) => (fault.startsWith('no_answer') ? 300 : 20_000);

export function readPayload(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'payloads', name), 'utf8'));
}
