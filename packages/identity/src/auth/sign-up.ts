import { recordAudit } from '@tributary/audit/record';
import { showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import { isAPIError } from 'better-auth/api';
import * as z from 'zod';
import { emailAddress } from '../member/email-address.ts';
import { createOrganization } from '../organization/create-organization.ts';
import { type Browser, evenly, type Identity } from './identity.ts';
import { passwordLength } from './library.ts';
import { currentScope, inOneTransaction } from './scope.ts';

export const newPassword = z.string().min(passwordLength.min).max(passwordLength.max);

export const signUpInput = z.strictObject({
  name: z.string().trim().min(1).max(200),
  email: emailAddress,
  password: newPassword,
  organization: createOrganization.schema.nullable().describe('To be made, and yours. Null for somebody who buys.'),
});

type NewOrganization = z.output<typeof signUpInput>['organization'];

/**
 * Makes a user, and their organization with them as its owner, in one transaction; then writes to them. Who has an account already is
 * written to instead: it answers nothing, so that nobody learns who has one.
 */
export const signUp = verb(signUpInput, (identity: Identity & { browser: Browser }, { organization, ...person }) =>
  evenly(identity, () =>
    inOneTransaction(identity.database, async (tx) => {
      await createUser(identity, tx, person);
      const { newUserId } = currentScope();
      if (newUserId !== null && organization !== null)
        await foundOrganization(tx, identity.browser, newUserId, organization);
    }),
  ),
);

async function createUser(
  { library }: Identity,
  tx: Transaction,
  person: Omit<z.output<typeof signUpInput>, 'organization'>,
) {
  try {
    await library.api.signUpEmail({ body: person, headers: new Headers() });
  } catch (error) {
    // Somebody took the address a moment before: their transaction is over, since its key was waited for.
    if (!isAPIError(error) || !(await exists(tx, person.email))) throw error;
    currentScope().newUserId = null;
  }
}

async function exists(tx: Transaction, email: string): Promise<boolean> {
  const rows = await tx.query('select from identity.users where email = $1', [email]);
  return rows.length === 1;
}

async function foundOrganization(
  tx: Transaction,
  { address, userAgent }: Browser,
  userId: string,
  organization: NonNullable<NewOrganization>,
) {
  const orgId = await createOrganization(tx, organization);
  await tx.query(`select set_config('app.org_id', $1, true)`, [orgId]);
  await tx.query(`insert into identity.members (org_id, user_id, role) values ($1, $2, 'owner')`, [orgId, userId]);
  await recordAudit(
    { query: tx.query, orgId },
    {
      actor: showId('user', userId),
      client: { address, userAgent },
      action: 'organization.create',
      targetType: 'organization',
      targetId: orgId,
      after: { ...organization },
    },
  );
}
