import type { Json } from '@tributary/core/canonical-json';
import type { TenantTransaction } from '@tributary/db/transaction';
import type { Context } from '@tributary/http/route';
import type { Answered } from '@tributary/http/wire';
import type { ConnectContext, ConnectDependencies } from '@tributary/sync/connection/authorization';
import type { ApiDeps } from '../../runtime/api.ts';
import { answeredBefore, once } from '../../runtime/once.ts';

/** What routes that connect need beside what every API has; asked for when the first of them is called. */
export interface ConnectDeps extends ApiDeps {
  connecting(): ConnectDependencies;
}

export function connectContext({ auth, client, database, connecting }: Context<ConnectDeps>): ConnectContext {
  return { ...connecting(), api: database, orgId: auth.orgId, subject: auth.subject, client };
}

/** Asks the provider outside of any transaction, so it looks first whether the request was answered, and stores the answer behind. */
export async function answerOnce<Outcome, Result>(
  context: Context<ConnectDeps>,
  operationId: string,
  request: Json,
  work: () => Promise<Outcome>,
  answer: (tx: TenantTransaction, outcome: Outcome) => Promise<Result>,
): Promise<Answered<Result>> {
  const known = await answeredBefore<Result>(context, operationId, request);
  if (known !== null) return known;
  const outcome = await work();
  return once(context, operationId, request, (tx) => answer(tx, outcome), { waits: true });
}
