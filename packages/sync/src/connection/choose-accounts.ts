import { invalidFields } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import type { ConnectContext } from './authorization.ts';
import { readChoice } from './choice.ts';
import { connectAccounts } from './connect-accounts.ts';

export const chooseInput = z.strictObject({
  authorizationId: z.string().min(1).max(60_000).describe('As the callback answered it; good for a day.'),
  accountRefs: z.array(z.string().max(200)).min(1).max(200),
});

/**
 * Connects accounts that were authorised together, whichever of them are wanted, all or none; others may follow within the day.
 * @throws AppError `authorization_unknown`, `authorization_expired`; `validation_failed` for an account that is no choice;
 * `account_already_connected`; `plan_limit_reached`; `conflict` when the authorisation has ended meanwhile
 */
export const chooseAccounts = verb(
  chooseInput,
  async (context: ConnectContext, { authorizationId, accountRefs }): Promise<{ connectionIds: string[] }> => {
    const { accounts, ...credential } = readChoice(context, authorizationId);
    const chosen = accounts.filter(({ accountRef }) => accountRefs.includes(accountRef));
    if (chosen.length < new Set(accountRefs).size)
      throw invalidFields([{ path: 'accountRefs', message: 'must be among the choices' }]);
    return { connectionIds: await connectAccounts(context, credential, chosen) };
  },
);
