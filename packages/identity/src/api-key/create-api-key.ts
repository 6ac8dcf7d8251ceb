import { randomInt } from 'node:crypto';
import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { hashSecret, type KeyEnvironment, secretAlphabet, secretLength, writeApiKey } from '@tributary/core/api-key';
import { AppError, invalidFields } from '@tributary/core/errors';
import { instant } from '@tributary/core/instant';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { managingRole } from '../member/managing-role.ts';
import { assertWithinPlan, lockPlan } from '../plan/assert-within-plan.ts';
import { type ApiKeyRecord, keyRole, serializeApiKey } from './api-key.ts';

/** A key that nobody looks after ends by itself. */
const longestMs = 365 * 86_400_000;

export const newApiKey = z.strictObject({
  name: z.string().trim().min(1).max(100).describe('What it is for, in your words.'),
  role: keyRole.describe('What it acts as: never more than you are.'),
  scopes: z.array(z.string().max(64)).min(1).max(64).describe('What it is narrowed to.'),
  expiresAt: instant.optional().describe('At most a year from now, which it is when you do not say.'),
});

interface CreatingContext extends ActingContext {
  environment: KeyEnvironment;
  now: Date;
}

/**
 * Makes an API key. `key` is told here and nowhere again.
 * @param input scopes, whose vocabulary is the caller's to check
 * @throws AppError `forbidden` for a role above what the caller is now, and for who manages nobody now; `validation_failed` for an end that has passed or is too far;
 * `plan_limit_reached`
 */
export const createApiKey = verb(
  newApiKey,
  async (context: CreatingContext, input): Promise<ApiKeyRecord & { key: string }> => {
    const { tx, actor, client, environment, now } = context;
    // Whoever closes the organization holds this lock too, and finds every key that was made before.
    await lockPlan(tx);
    assertNotAbove(await managingRole(tx, actor), input.role);
    const expiresAt = endOf(now, input.expiresAt);
    const scopes = [...new Set(input.scopes)].sort();
    const secret = drawSecret();
    const { name, role } = input;
    const row = await insertKey(context, { name, role, scopes, expiresAt, secretHash: hashSecret(secret) });
    await assertWithinPlan(tx, 'apiKeys', () => countValid(tx, now));
    const after = { name, role, scopes, expiresAt: expiresAt.toISOString() };
    await recordAudit(tx, { actor, client, action: 'api_key.create', targetType: 'apiKey', targetId: row.id, after });
    return { ...serializeApiKey(environment, row), key: writeApiKey(environment, { id: row.id, secret }) };
  },
);

function assertNotAbove(own: z.output<typeof keyRole>, wanted: z.output<typeof keyRole>): void {
  const [most, asked] = [own, wanted].map((role) => keyRole.options.indexOf(role)) as [number, number];
  if (asked < most) throw new AppError('forbidden', 'A key cannot be more than who makes it.');
}

function endOf(now: Date, wanted: string | undefined): Date {
  const latest = new Date(now.getTime() + longestMs);
  const end = wanted === undefined ? latest : new Date(wanted);
  if (end <= now) throw invalidFields([{ path: 'expiresAt', message: 'must be in the future' }]);
  if (end > latest) throw invalidFields([{ path: 'expiresAt', message: 'must be within a year' }]);
  return end;
}

async function countValid(tx: TenantTransaction, now: Date): Promise<number> {
  const [row] = await tx.query<{ valid: number }>(
    'select count(*) as valid from identity.api_keys where org_id = $1 and revoked_at is null and expires_at > $2',
    [tx.orgId, now],
  );
  return (row as { valid: number }).valid;
}

function drawSecret(): string {
  return Array.from({ length: secretLength }, () => secretAlphabet.charAt(randomInt(secretAlphabet.length))).join('');
}

/** The database draws the id: a tenant may not choose one. */
async function insertKey(
  { tx, actor, now }: CreatingContext,
  { secretHash, ...told }: { name: string; role: string; scopes: string[]; expiresAt: Date; secretHash: Buffer },
) {
  const [inserted] = await tx.query<{ id: string }>(
    `insert into identity.api_keys (org_id, name, secret_hash, role, scopes, created_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
    [tx.orgId, told.name, secretHash, told.role, told.scopes, actor, now, told.expiresAt],
  );
  const { id } = inserted as { id: string };
  return { orgId: tx.orgId, id, ...told, createdBy: actor, createdAt: now, lastUsedAt: null, revokedAt: null };
}
