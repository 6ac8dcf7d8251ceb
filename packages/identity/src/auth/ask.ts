import { AppError, type ErrorCode, invalidFields } from '@tributary/core/errors';
import type { Transaction } from '@tributary/db/transaction';
import { isAPIError } from 'better-auth/api';
import type { Browser, Identity } from './identity.ts';
import { addressHeader } from './library.ts';
import { inOneTransaction } from './scope.ts';

const sessionCookie = '__Host-tributary.session_token';
const challengeCookie = '__Host-tributary.two_factor';

/** The library's answer, and the values of `Set-Cookie` that belong to it. */
export interface Answer<Value> {
  value: Value;
  newCookies: string[];
}

interface Refusal {
  refusal: AppError;
}

type Headed<Value> = { headers: Headers; response: Value };

/**
 * Asks the library within one transaction of ours; `then` adds to it what is ours. What it refuses is kept and refused after the commit:
 * the codes it counted stay counted.
 * @throws AppError for its refusals
 */
export async function ask<Value, Result>(
  { database }: Identity,
  call: () => Promise<Headed<Value>>,
  then: (answer: Answer<Value>, tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const outcome = await inOneTransaction(database, async (tx) => {
    const answer = await call().then(keep, refusalOf);
    return 'refusal' in answer ? answer : { result: await then(answer, tx) };
  });
  if ('refusal' in outcome) throw outcome.refusal;
  return outcome.result;
}

function keep<Value>({ headers, response }: Headed<Value>): Answer<Value> {
  return { value: response, newCookies: headers.getSetCookie() };
}

/** What the library may be told of a browser: the one cookie that a question is about, and who asks. */
export function headersFor(
  { cookie, address, userAgent }: Browser,
  about: 'session' | 'challenge' | 'nothing',
): Headers {
  const name = { session: sessionCookie, challenge: challengeCookie, nothing: null }[about];
  const pair = cookie.split(/;\s*/).find((candidate) => candidate.startsWith(`${name}=`));
  return new Headers({
    ...(pair !== undefined && { cookie: pair }),
    ...(address !== null && { [addressHeader]: address }),
    ...(userAgent !== null && { 'user-agent': userAgent }),
  });
}

const link = ['invalid_link', 'The link is not valid, or no longer.'] as const;
const code = ['unauthenticated', 'The code is not valid. After several that are not, sign in again.'] as const;
const password = (path: string) => invalidFields([{ path, message: 'is not your password' }]);

/** What we say for what the library says. Of who exists, and of which factor failed, no more than whoever asks knows. */
const refusals: Readonly<Record<string, readonly [ErrorCode, string] | (() => AppError)>> = {
  INVALID_EMAIL_OR_PASSWORD: ['unauthenticated', 'Invalid email or password.'],
  EMAIL_NOT_VERIFIED: ['email_unverified', 'Verify your e-mail address first: we have sent you a link again.'],
  INVALID_TOKEN: link,
  TOKEN_EXPIRED: link,
  USER_NOT_FOUND: link,
  INVALID_CODE: code,
  INVALID_BACKUP_CODE: code,
  INVALID_TWO_FACTOR_COOKIE: code,
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: code,
  ACCOUNT_TEMPORARILY_LOCKED: ['rate_limited', 'Too many codes that are not valid. Try again in a quarter of an hour.'],
  TOTP_ALREADY_ENABLED: ['conflict', 'A second factor is asked for already.'],
  TOTP_NOT_ENABLED: ['conflict', 'No second factor is set up.'],
  TWO_FACTOR_NOT_ENABLED: ['conflict', 'No second factor is set up.'],
  INVALID_PASSWORD: () => password('password'),
  UNAUTHORIZED: ['unauthenticated', 'Sign in first.'],
};

/** @throws what is no refusal: a failure of ours or of the database undoes the transaction */
function refusalOf(error: unknown): Refusal {
  if (!isAPIError(error) || error.statusCode >= 500) throw error;
  const known = refusals[String(error.body?.code)];
  if (known === undefined) throw new Error('the library refused for a reason we have no words for', { cause: error });
  return { refusal: typeof known === 'function' ? known() : new AppError(...known) };
}
