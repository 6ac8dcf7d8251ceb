import { parse } from '@tributary/core/verb';
import { withSystem } from '@tributary/db/transaction';
import { type Decided, decideOnUser } from '@tributary/identity/approval/decide-on-user';
import { listWaitingUsers, type WaitingUser } from '@tributary/identity/approval/list-waiting-users';
import * as z from 'zod';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';

const usersRequest = z.union([
  z.strictObject({}).transform(() => null),
  decideOnUser.schema.extend({
    /** Who decides, in the words of the platform: nothing here knows who invokes it. */
    actor: z.string().trim().min(1).max(200),
  }),
]);

/** Who waits to be approved; or approves, suspends or reinstates a user. @returns ids as UUIDs */
export async function handler(request: unknown): Promise<{ waiting: WaitingUser[] } | Decided> {
  const asked = parse(usersRequest, request ?? {});
  if (asked === null) return { waiting: await listWaitingUsers(database('identity')) };
  const { actor, ...input } = asked;
  const context = { actor: `platform:${actor}`, now: new Date() };
  const decided = await withSystem(database('identity'), (tx) => decideOnUser({ tx, ...context }, input));
  log('INFO', 'user.decided', { ...decided, decision: input.decision });
  return decided;
}
