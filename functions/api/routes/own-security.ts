import type { Person } from '@tributary/http/person';
import { type Context, personRoute } from '@tributary/http/route';
import { changePassword, changePasswordInput } from '@tributary/identity/auth/change-password';
import { eraseAccount } from '@tributary/identity/auth/erase-account';
import {
  confirmTotp,
  disableTotp,
  enableTotp,
  passwordInput,
  renewBackupCodes,
  totpInput,
} from '@tributary/identity/auth/second-factor';
import * as z from 'zod';
import { type AuthDeps, signedInOf } from '../../runtime/auth.ts';

const changing = { method: 'POST', tags: ['Your security'] } as const;
const nothing = z.strictObject({});
const backupCodes = z.array(z.string()).describe('Each good once, instead of a code. Shown here and nowhere again.');
const examplePassword = { password: 'correct horse battery staple' };
const exampleCodes = ['x7Kp2-Qw9Rt', 'm3Zs8-Yb4Nd'];
type Asking = Context<AuthDeps, Person>;

/** Somebody signed in who has yet to say a secret again: guesses count. */
async function provingOf(context: Asking) {
  await context.countAttempt(context.auth.subject, context.client);
  return signedInOf(context);
}

const changePasswordRoute = personRoute({
  ...changing,
  path: '/v1/auth/change-password',
  operationId: 'changePassword',
  summary: 'Set another password; ends every session but this',
  body: changePasswordInput,
  response: nothing,
  example: { body: { ...examplePassword, newPassword: 'another long passphrase' }, response: {} },
  handler: async (context: Asking, { body }) => {
    await changePassword(await provingOf(context), body);
    return {};
  },
});

const enableTotpRoute = personRoute({
  ...changing,
  path: '/v1/auth/totp/enable',
  operationId: 'enableTotp',
  summary: 'Draw a secret for an authenticator, and backup codes; asked for once it is confirmed',
  body: passwordInput,
  response: z.strictObject({ uri: z.string(), backupCodes }),
  example: {
    body: examplePassword,
    response: {
      uri: 'otpauth://totp/Tributary:ann%40example.com?secret=ONSWG4TFOQ&issuer=Tributary&digits=6&period=30',
      backupCodes: exampleCodes,
    },
  },
  handler: async (context: Asking, { body }) => enableTotp(await provingOf(context), body),
});

const confirmTotpRoute = personRoute({
  ...changing,
  path: '/v1/auth/totp/confirm',
  operationId: 'confirmTotp',
  summary: 'Show that the authenticator works: from now on a code is asked for',
  body: totpInput,
  response: nothing,
  example: { body: { code: '123456' }, response: {} },
  handler: async (context: Asking, { body }) => {
    context.auth.newCookies.push(...(await confirmTotp(await provingOf(context), body)));
    return {};
  },
});

const disableTotpRoute = personRoute({
  ...changing,
  path: '/v1/auth/totp/disable',
  operationId: 'disableTotp',
  summary: 'Be asked for no code any more',
  body: passwordInput,
  response: nothing,
  example: { body: examplePassword, response: {} },
  handler: async (context: Asking, { body }) => {
    context.auth.newCookies.push(...(await disableTotp(await provingOf(context), body)));
    return {};
  },
});

const renewBackupCodesRoute = personRoute({
  ...changing,
  path: '/v1/auth/totp/backup-codes',
  operationId: 'renewBackupCodes',
  summary: 'Draw ten other backup codes; those before are good no more',
  body: passwordInput,
  response: z.strictObject({ backupCodes }),
  example: { body: examplePassword, response: { backupCodes: exampleCodes } },
  handler: async (context: Asking, { body }) => renewBackupCodes(await provingOf(context), body),
});

const eraseAccountRoute = personRoute({
  ...changing,
  path: '/v1/auth/erase-account',
  operationId: 'eraseAccount',
  summary: 'Erase yourself for good; an organization of yours that others work in is passed on first',
  body: passwordInput,
  response: nothing,
  example: { body: examplePassword, response: {} },
  handler: async (context: Asking, { body }) => {
    context.auth.newCookies.push(...(await eraseAccount(await provingOf(context), body)));
    return {};
  },
});

export const ownSecurityRoutes = [
  changePasswordRoute,
  enableTotpRoute,
  confirmTotpRoute,
  disableTotpRoute,
  renewBackupCodesRoute,
  eraseAccountRoute,
];
