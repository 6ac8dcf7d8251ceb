import type { Person } from '@tributary/http/person';
import { type Context, personRoute } from '@tributary/http/route';
import {
  requestPasswordReset,
  requestPasswordResetInput,
  resetPassword,
  resetPasswordInput,
  verifyEmail,
  verifyEmailInput,
} from '@tributary/identity/auth/reset-password';
import { secondFactorInput, verifySecondFactor } from '@tributary/identity/auth/second-factor';
import { type SignInOutcome, signIn, signInInput, signInOutcome, signOut } from '@tributary/identity/auth/sign-in';
import { signUp, signUpInput } from '@tributary/identity/auth/sign-up';
import * as z from 'zod';
import { type AuthDeps, visitorOf } from '../../runtime/auth.ts';

const changing = { method: 'POST', tags: ['Signing in'] } as const;
const nothing = z.strictObject({});
type Asking = Context<AuthDeps, Person>;

/** Without the cookies, which travel beside the answer. */
function answerOf({ auth }: Asking, { newCookies, ...outcome }: SignInOutcome) {
  auth.newCookies.push(...newCookies);
  return outcome;
}

const signUpRoute = personRoute({
  ...changing,
  path: '/v1/auth/sign-up',
  operationId: 'signUp',
  summary: 'Make an account, and an organization that is yours; the answer is the same if you have one',
  body: signUpInput,
  response: nothing,
  responseStatus: 202,
  example: {
    body: {
      name: 'Ann Miller',
      email: 'ann@example.com',
      password: 'correct horse battery staple',
      organization: { name: 'Corner Coffee', country: 'US', timeZone: 'America/New_York', baseCurrency: 'USD' },
    },
    response: {},
  },
  handler: async (context: Asking, { body }) => {
    await context.countAttempt(body.email, context.client);
    await signUp(visitorOf(context), body);
    return {};
  },
});

const verifyEmailRoute = personRoute({
  ...changing,
  path: '/v1/auth/verify-email',
  operationId: 'verifyEmail',
  summary: 'Prove that an address is yours, with the token sent to it',
  body: verifyEmailInput,
  response: nothing,
  example: { body: { token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' }, response: {} },
  handler: async (context: Asking, { body }) => {
    await context.countAttempt('verify-email', context.client);
    await verifyEmail(context.identity, body);
    return {};
  },
});

const signInRoute = personRoute({
  ...changing,
  path: '/v1/auth/sign-in',
  operationId: 'signIn',
  summary: 'Sign in by password; the answer sets a cookie, for the session or for the second step',
  body: signInInput,
  response: signInOutcome,
  example: {
    body: { email: 'ann@example.com', password: 'correct horse battery staple' },
    response: { status: 'signed_in' },
  },
  handler: async (context: Asking, { body }) => {
    await context.countAttempt(body.email, context.client);
    return answerOf(context, await signIn(visitorOf(context), body));
  },
});

const secondFactorRoute = personRoute({
  ...changing,
  path: '/v1/auth/second-factor',
  operationId: 'verifySecondFactor',
  summary: 'The second step: a code of your authenticator, or one of your backup codes. Each is good once',
  body: secondFactorInput,
  response: signInOutcome,
  example: { body: { method: 'totp', code: '123456' }, response: { status: 'signed_in' } },
  handler: async (context: Asking, { body }) => {
    await context.countAttempt('second-factor', context.client);
    return answerOf(context, await verifySecondFactor(visitorOf(context), body));
  },
});

const signOutRoute = personRoute({
  ...changing,
  path: '/v1/auth/sign-out',
  operationId: 'signOut',
  summary: 'End this session',
  response: nothing,
  example: { response: {} },
  handler: async (context: Asking) => {
    context.auth.newCookies.push(...(await signOut(context.identity, visitorOf(context).browser)));
    return {};
  },
});

const requestPasswordResetRoute = personRoute({
  ...changing,
  path: '/v1/auth/request-password-reset',
  operationId: 'requestPasswordReset',
  summary: 'Be sent a link to set another password; the answer is the same if nobody has the address',
  body: requestPasswordResetInput,
  response: nothing,
  responseStatus: 202,
  example: { body: { email: 'ann@example.com' }, response: {} },
  handler: async (context: Asking, { body }) => {
    await context.countAttempt(body.email, context.client);
    await requestPasswordReset(context.identity, body);
    return {};
  },
});

const resetPasswordRoute = personRoute({
  ...changing,
  path: '/v1/auth/reset-password',
  operationId: 'resetPassword',
  summary: 'Set another password with the token sent to you; ends all your sessions',
  body: resetPasswordInput,
  response: nothing,
  example: { body: { token: 'q8Zt1mP0vY7sKd3LxN6wRb9u', password: 'another long passphrase' }, response: {} },
  handler: async (context: Asking, { body }) => {
    await context.countAttempt('reset-password', context.client);
    await resetPassword(context.identity, body);
    return {};
  },
});

export const signInRoutes = [
  signUpRoute,
  verifyEmailRoute,
  signInRoute,
  secondFactorRoute,
  signOutRoute,
  requestPasswordResetRoute,
  resetPasswordRoute,
];
