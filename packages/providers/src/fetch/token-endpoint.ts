import { type OAuthErrorCode, oauthErrorCodes } from '@tributary/core/provider-error';
import * as z from 'zod';
import { createGuardedCall, type GuardedCall, type GuardOptions } from './guarded-fetch.ts';
import { ProviderError } from './provider-error.ts';

/** A credential that a header can hold. */
export const token = z.string().regex(/^[\x21-\x7e]{1,8192}$/);

/**
 * A GuardedCall that waits 20 s: who gives up on a token endpoint may lose tokens that were already replaced
 * (https://github.com/XeroAPI/xero-node/issues/614, 3.5 s).
 */
export function createTokenCall(options: GuardOptions = {}): GuardedCall {
  return createGuardedCall({ timeoutMs: 20_000, maxResponseBytes: 256 * 1024, ...options });
}

/**
 * Asks a token endpoint. `unauthorized` is thrown only for a code or refresh token that is refused: 400 or 401 `invalid_grant`,
 * or a 401 that does not blame the application. A firewall's 403 and a wrong application secret say nothing about the merchant.
 */
export async function askForTokens<Answered>(ask: () => Promise<Answered>): Promise<Answered> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ProviderError) throw withKind(error, isRefusal(error));
    throw error;
  }
}

function isRefusal({ status, oauthError }: ProviderError): boolean {
  return oauthError === null ? status === 401 : oauthError === 'invalid_grant' && (status === 400 || status === 401);
}

function withKind(error: ProviderError, isRefused: boolean): ProviderError {
  if (isRefused === (error.kind === 'unauthorized')) return error;
  const kind = isRefused ? 'unauthorized' : error.status === 403 ? 'unavailable' : 'invalid_response';
  return new ProviderError(kind, error.message, error);
}

/**
 * The parameters of a redirect, once it is one of success (RFC 6749, 4.1.2).
 * @throws ProviderError `unauthorized` when access was denied, `invalid_response` for another error or a parameter that is missing
 */
export function readCallback<Schema extends z.ZodType>(
  schema: Schema,
  callback: Readonly<Record<string, string>>,
): z.output<Schema> {
  if (callback.error !== undefined) {
    const oauthError: OAuthErrorCode | null = oauthErrorCodes.find((known) => known === callback.error) ?? null;
    const kind = oauthError === 'access_denied' ? 'unauthorized' : 'invalid_response';
    throw new ProviderError(kind, `the redirect says ${oauthError ?? 'an error'}`, { oauthError });
  }
  const result = schema.safeParse(callback);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.map(String).join('.'));
  throw new ProviderError('invalid_response', `the redirect lacks ${fields.join(', ')}`);
}

/** What was answered, or this when the token is refused. */
export async function unlessRefused<Asked, Instead>(
  asking: Promise<Asked>,
  instead: Instead,
): Promise<Asked | Instead> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'unauthorized') return instead;
    throw error;
  }
}

/** For what is to be gone: takes `not_found` for done. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof ProviderError && error.kind === 'not_found')) throw error;
}

/** An address below a base, whose own path is kept. Parameters that are undefined are left out. */
export function endpoint(baseUrl: string, path: string, query: Readonly<Record<string, string | undefined>> = {}): URL {
  const url = new URL(path, baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
  for (const [name, text] of Object.entries(query)) if (text !== undefined) url.searchParams.set(name, text);
  return url;
}
