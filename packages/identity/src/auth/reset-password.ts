import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { emailAddress } from '../member/email-address.ts';
import { ask } from './ask.ts';
import { evenly, type Identity } from './identity.ts';
import { newPassword } from './sign-up.ts';

const token = z.string().min(1).max(2048);

export const verifyEmailInput = z.strictObject({ token });
export const requestPasswordResetInput = z.strictObject({ email: emailAddress });
export const resetPasswordInput = z.strictObject({ token, password: newPassword });

const nothingMore = async () => undefined;

/** Believes that an address is somebody's who has the token that was sent to it. @throws AppError `invalid_link` */
export const verifyEmail = verb(verifyEmailInput, (identity: Identity, query) =>
  ask(
    identity,
    () => identity.library.api.verifyEmail({ query, headers: new Headers(), returnHeaders: true }),
    nothingMore,
  ),
);

/** Writes to whoever has that address how to set another password. It answers the same when nobody has. */
export const requestPasswordReset = verb(requestPasswordResetInput, (identity: Identity, body) =>
  evenly(identity, () =>
    ask(
      identity,
      () => identity.library.api.requestPasswordReset({ body, headers: new Headers(), returnHeaders: true }),
      nothingMore,
    ),
  ),
);

/** Sets another password, once per token, and ends all sessions. @throws AppError `invalid_link` */
export const resetPassword = verb(resetPasswordInput, (identity: Identity, { token, password }) =>
  ask(
    identity,
    () =>
      identity.library.api.resetPassword({
        body: { token, newPassword: password },
        headers: new Headers(),
        returnHeaders: true,
      }),
    nothingMore,
  ),
);
