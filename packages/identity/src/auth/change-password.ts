import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { ask, headersFor } from './ask.ts';
import { passwordLength } from './library.ts';
import type { SignedIn } from './session.ts';
import { newPassword } from './sign-up.ts';

export const changePasswordInput = z.strictObject({
  password: z.string().min(1).max(passwordLength.max).describe('The present one.'),
  newPassword,
});

/** Sets another password, and ends every session but this. @throws AppError `validation_failed` for a password that is not theirs */
export const changePassword = verb(changePasswordInput, (context: SignedIn, { password, newPassword }) =>
  ask(
    context,
    () =>
      context.library.api.changePassword({
        body: { currentPassword: password, newPassword },
        headers: headersFor(context.browser, 'session'),
        returnHeaders: true,
      }),
    async (_answer, tx) => {
      await tx.query('delete from identity.sessions where user_id = $1 and id <> $2', [
        context.userId,
        context.sessionId,
      ]);
    },
  ),
);
