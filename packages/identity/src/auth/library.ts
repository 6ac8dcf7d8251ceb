import { drizzleAdapter } from '@better-auth/drizzle-adapter';
import { AppError } from '@tributary/core/errors';
import type { SendMail } from '@tributary/core/mail';
import type { Database } from '@tributary/db/connection';
import { betterAuth } from 'better-auth/minimal';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { accounts, sessions, twoFactors, users, verifications } from './identity.sql.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { afterCommit, currentScope, libraryDatabase } from './scope.ts';

/** A secret of the stage, and which one it is: the first encrypts and signs, all decrypt. */
export interface VersionedSecret {
  readonly version: number;
  readonly value: string;
}

export interface LibrarySettings {
  database: Database;
  secrets: readonly VersionedSecret[];
  /** Whether somebody who signs up waits for approval. */
  newUserStatus: 'active' | 'pending_approval';
  sendMail: SendMail;
}

export const passwordLength = { min: 12, max: 256 };
const day = 86_400;
export const addressHeader = 'x-client-address';
/** RFC 6238. */
export const totp = { digits: 6, periodSeconds: 30 } as const;

/**
 * Better Auth for what everybody gets wrong once: passwords, mails with tokens, sessions, second factors. Our routes call `auth.api` in one
 * transaction of ours; its own 60 paths are never mounted, and organizations, members and tokens are ours.
 */
export function createLibrary({ database, secrets, newUserStatus, sendMail }: LibrarySettings) {
  return betterAuth({
    appName: 'Tributary',
    // Only its own routes and links would use it.
    baseURL: 'https://identity.invalid',
    secrets: [...secrets],
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    // Without, errors of the driver are printed in spite of the disabled logger, with what was asked.
    onAPIError: { throw: true },
    database: drizzleAdapter(libraryDatabase(database) as never, {
      provider: 'pg',
      transaction: true,
      schema: { user: users, account: accounts, session: sessions, verification: verifications, twoFactor: twoFactors },
    }),
    advanced: {
      database: { generateId: 'uuid' },
      // The prefix __Host- forbids the one that the library would add.
      useSecureCookies: false,
      cookiePrefix: '__Host-tributary',
      defaultCookieAttributes: { secure: true, httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [addressHeader] },
    },
    user: {
      additionalFields: { status: { type: 'string', required: false, input: false, defaultValue: newUserStatus } },
    },
    session: {
      expiresIn: 7 * day,
      // Whoever has a stolen cookie has it for a week at most.
      disableSessionRefresh: true,
      cookieCache: { enabled: false },
      additionalFields: { activeOrganizationId: { type: 'string', required: false, input: false } },
    },
    verification: { storeIdentifier: 'hashed' },
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      autoSignIn: false,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: 30 * 60,
      password: { hash: hashPassword, verify: verifyPassword },
      sendResetPassword: async ({ user, token }) => mail({ kind: 'reset_password', to: user.email, token }),
      onExistingUserSignUp: async ({ user }) => mail({ kind: 'address_in_use', to: user.email }),
    },
    emailVerification: {
      sendOnSignUp: true,
      // To who knows the password: a link that was lost is sent again, and nobody needs to ask for it.
      sendOnSignIn: true,
      expiresIn: day,
      autoSignInAfterVerification: false,
      sendVerificationEmail: async ({ user, token }) => mail({ kind: 'verify_email', to: user.email, token }),
    },
    databaseHooks: {
      // A hook after the user's row would run after the commit; this one runs within, when the row is there.
      account: { create: { before: async ({ userId }) => noteNewUser(userId) } },
      session: { create: { before: startSession } },
    },
    plugins: [
      twoFactor({
        issuer: 'Tributary',
        totpOptions: { digits: totp.digits, period: totp.periodSeconds },
        backupCodeOptions: { amount: 10, length: 10, storeBackupCodes: 'encrypted' },
      }),
    ],
  });

  function mail(message: Parameters<SendMail>[0]): Promise<void> {
    afterCommit(() => sendMail(message));
    return Promise.resolve();
  }
}

export type Library = ReturnType<typeof createLibrary>;

async function noteNewUser(userId: unknown): Promise<void> {
  currentScope().newUserId = String(userId);
}

interface NewSession {
  userId: string;
  activeOrganizationId?: string | null;
}

/** Nobody who is not active gets one. It begins with the organization somebody joined first, but where another goes on. */
async function startSession<Session extends NewSession>(session: Session & Record<string, unknown>) {
  const [user] = await currentScope().tx.query<{ status: string; organizationId: string | null }>(
    `select status, (select org_id from identity.members where user_id = users.id order by created_at, org_id limit 1) as "organizationId"
     from identity.users where id = $1 for share`,
    [session.userId],
  );
  if (user?.status === 'pending_approval') throw new AppError('account_pending', 'Your account waits for approval.');
  if (user?.status !== 'active') throw new AppError('account_suspended', 'Your account is suspended.');
  return { data: { ...session, activeOrganizationId: session.activeOrganizationId ?? user.organizationId } };
}
