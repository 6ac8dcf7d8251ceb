import { createHmac } from 'node:crypto';
import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import { symmetricDecrypt } from 'better-auth/crypto';
import * as z from 'zod';
import { ask, headersFor } from './ask.ts';
import type { Browser, Identity } from './identity.ts';
import { passwordLength, totp } from './library.ts';
import type { SignedIn } from './session.ts';
import { noteSignIn, type SignInOutcome } from './sign-in.ts';

export const passwordInput = z.strictObject({ password: z.string().min(1).max(passwordLength.max) });
const totpCode = z.string().regex(/^\d{6}$/);
export const totpInput = z.strictObject({ code: totpCode });
export const secondFactorInput = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('totp'), code: totpCode }),
  z.strictObject({ method: z.literal('backup_code'), code: z.string().regex(/^[A-Za-z0-9]{5}-[A-Za-z0-9]{5}$/) }),
]);

/** Draws a secret for an authenticator and ten codes for when it is lost; asked for from `confirmTotp` on. Told here and nowhere again. */
export const enableTotp = verb(passwordInput, (context: SignedIn, { password }) =>
  ask(
    context,
    () =>
      context.library.api.enableTwoFactor({
        body: { password, method: 'totp' },
        headers: headersFor(context.browser, 'session'),
        returnHeaders: true,
      }),
    async ({ value }) => {
      if (value.method !== 'totp') throw new Error('another method was set up');
      return { uri: value.totpURI, backupCodes: value.backupCodes };
    },
  ),
);

/** From now on a code is asked for. The session is another one then. @returns its cookies */
export const confirmTotp = verb(totpInput, (context: SignedIn, body) =>
  ask(
    context,
    () =>
      context.library.api.verifyTOTP({ body, headers: headersFor(context.browser, 'session'), returnHeaders: true }),
    async ({ newCookies }, tx) => {
      await spendCode(context, tx, context.userId, body.code);
      return newCookies;
    },
  ),
);

/** No code is asked for any more. @returns the cookies of another session */
export const disableTotp = verb(passwordInput, (context: SignedIn, body) =>
  ask(
    context,
    () =>
      context.library.api.disableTwoFactor({
        body,
        headers: headersFor(context.browser, 'session'),
        returnHeaders: true,
      }),
    async ({ newCookies }) => newCookies,
  ),
);

/** Ten other codes; those before are good no more. */
export const renewBackupCodes = verb(passwordInput, (context: SignedIn, body) =>
  ask(
    context,
    () =>
      context.library.api.generateBackupCodes({
        body,
        headers: headersFor(context.browser, 'session'),
        returnHeaders: true,
      }),
    async ({ value }) => ({ backupCodes: value.backupCodes }),
  ),
);

/**
 * The second step of signing in. Every code is good once.
 * @throws AppError `unauthenticated` for a code that is not valid, and after five of them; `rate_limited` after ten, over all attempts
 */
export const verifySecondFactor = verb(
  secondFactorInput,
  (identity: Identity & { browser: Browser }, { method, code }): Promise<SignInOutcome> => {
    const question = {
      body: { code },
      headers: headersFor(identity.browser, 'challenge'),
      returnHeaders: true as const,
    };
    const { api } = identity.library;
    return ask<{ user: { id: string } }, SignInOutcome>(
      identity,
      async () => {
        const { headers, response } = await (method === 'totp'
          ? api.verifyTOTP(question)
          : api.verifyBackupCode(question));
        return { headers, response: response as { user: { id: string } } };
      },
      async ({ value, newCookies }, tx) => {
        if (method === 'totp') await spendCode(identity, tx, value.user.id, code);
        await noteSignIn(tx, value.user.id);
        return { status: 'signed_in', newCookies };
      },
    );
  },
);

/**
 * The library takes a code as long as it is shown. Here the 30 s it belongs to are remembered, and none of them or before is taken again
 * (RFC 6238, section 5.2).
 * @throws AppError, which undoes what the code was taken for
 */
async function spendCode({ library, clock }: Identity, tx: Transaction, userId: string, code: string): Promise<void> {
  const [row] = await tx.query<{ secret: string }>('select secret from identity.two_factors where user_id = $1', [
    userId,
  ]);
  if (!row) throw new Error('a second factor without a secret');
  const { secretConfig } = await library.$context;
  const secret = await symmetricDecrypt({ key: secretConfig, data: row.secret });
  const now = Math.floor(clock().getTime() / 1000 / totp.periodSeconds);
  const step = [now + 1, now, now - 1].find((candidate) => codeOf(secret, candidate) === code);
  const spent =
    step !== undefined &&
    (await tx.query(
      `update identity.two_factors set last_used_step = $2
       where user_id = $1 and coalesce(last_used_step, 0) < $2 returning id`,
      [userId, step],
    ));
  if (!spent || spent.length === 0) throw new AppError('unauthenticated', 'The code is not valid.');
}

/** RFC 4226, section 5.3. */
function codeOf(secret: string, counter: number): string {
  const block = Buffer.alloc(8);
  block.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac('sha1', secret).update(block).digest();
  const offset = (digest.at(-1) as number) & 15;
  const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** totp.digits).padStart(totp.digits, '0');
}
