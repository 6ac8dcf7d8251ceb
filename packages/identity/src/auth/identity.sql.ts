import { instant } from '@tributary/db/columns';
import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, pgSchema, text, uuid } from 'drizzle-orm/pg-core';

// For the library: names of properties are its names of fields.
const identity = pgSchema('identity');
const id = () => uuid('id').notNull().default(sql`uuidv7()`);
const created = () => instant('created_at').notNull().default(sql`now()`);
const updated = () => instant('updated_at').notNull().default(sql`now()`);

export const users = identity.table('users', {
  id: id(),
  name: text('name').notNull(),
  email: text('email').notNull(),
  emailVerified: boolean('email_verified').notNull().default(false),
  image: text('image'),
  status: text('status').notNull().default('active'),
  twoFactorEnabled: boolean('two_factor_enabled').notNull().default(false),
  createdAt: created(),
  updatedAt: updated(),
});

export const accounts = identity.table('accounts', {
  id: id(),
  userId: uuid('user_id').notNull(),
  providerId: text('provider_id').notNull(),
  accountId: text('account_id').notNull(),
  password: text('password'),
  accessToken: text('access_token'),
  refreshToken: text('refresh_token'),
  idToken: text('id_token'),
  accessTokenExpiresAt: instant('access_token_expires_at'),
  refreshTokenExpiresAt: instant('refresh_token_expires_at'),
  scope: text('scope'),
  createdAt: created(),
  updatedAt: updated(),
});

export const sessions = identity.table('sessions', {
  id: id(),
  token: text('token').notNull(),
  userId: uuid('user_id').notNull(),
  activeOrganizationId: uuid('active_org_id'),
  ipAddress: text('ip_address'),
  userAgent: text('user_agent'),
  expiresAt: instant('expires_at').notNull(),
  createdAt: created(),
  updatedAt: updated(),
});

export const verifications = identity.table('verifications', {
  id: id(),
  identifier: text('identifier').notNull(),
  value: text('value').notNull(),
  expiresAt: instant('expires_at').notNull(),
  createdAt: created(),
  updatedAt: updated(),
});

export const twoFactors = identity.table('two_factors', {
  id: id(),
  userId: uuid('user_id').notNull(),
  secret: text('secret').notNull(),
  backupCodes: text('backup_codes').notNull(),
  verified: boolean('verified').notNull().default(false),
  failedVerificationCount: integer('failed_verification_count').notNull().default(0),
  lockedUntil: instant('locked_until'),
  lastUsedStep: bigint('last_used_step', { mode: 'number' }),
});
