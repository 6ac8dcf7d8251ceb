import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { emailAddress } from '../member/email-address.ts';
import { ask, headersFor } from './ask.ts';
import type { Browser, Identity } from './identity.ts';
import { passwordLength } from './library.ts';

export const signInInput = z.strictObject({ email: emailAddress, password: z.string().min(1).max(passwordLength.max) });

/** What signing in came to. */
export const signInOutcome = z
  .strictObject({
    status: z
      .enum(['signed_in', 'second_factor'])
      .describe('second_factor: a code is asked for next, within ten minutes.'),
  })
  .meta({ id: 'SignInOutcome' });

export type SignInOutcome = z.infer<typeof signInOutcome> & { newCookies: string[] };

interface SigningIn extends Identity {
  browser: Browser;
}

/**
 * Signs in by password. An unknown address, a wrong password and a user without one are refused alike and at the same cost.
 * @throws AppError `unauthenticated`; for who knows the password also `email_unverified`, `account_pending`, `account_suspended`
 */
export const signIn = verb(signInInput, (identity: SigningIn, body): Promise<SignInOutcome> => {
  const headers = headersFor(identity.browser, 'nothing');
  return ask(
    identity,
    () => identity.library.api.signInEmail({ body, headers, returnHeaders: true }),
    async ({ value, newCookies }, tx) => {
      if (!('user' in value)) return { status: 'second_factor', newCookies };
      await noteSignIn(tx, value.user.id);
      return { status: 'signed_in', newCookies };
    },
  );
});

/** When somebody came last. */
export async function noteSignIn(tx: Transaction, userId: string): Promise<void> {
  await tx.query('update identity.users set last_sign_in_at = now() where id = $1', [userId]);
}

/** Ends the session of that browser, if it has one. @returns what makes it forget its cookies */
export function signOut(identity: Identity, browser: Browser): Promise<string[]> {
  const headers = headersFor(browser, 'session');
  return ask(
    identity,
    () => identity.library.api.signOut({ headers, returnHeaders: true }),
    async ({ newCookies }) => newCookies,
  );
}
