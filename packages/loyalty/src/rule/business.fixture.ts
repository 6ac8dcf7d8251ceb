import { showId } from '@tributary/core/ids';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import type * as z from 'zod';
import { activateRule } from './activate-rule.ts';
import { createRule } from './create-rule.ts';
import type { ruleConfig } from './rule-config.ts';

/** What a rule says besides its defaults. */
export type Config = Partial<z.input<typeof ruleConfig>>;

/** An organization, and how the API and the worker reach it. */
export class Business {
  protected readonly database: TestDatabase;
  readonly orgId: string;

  constructor(database: TestDatabase, orgId: string) {
    this.database = database;
    this.orgId = orgId;
  }

  /** As one that reads, in one round trip. */
  get context() {
    return { database: this.database.api, orgId: this.orgId };
  }

  run<T>(work: (tx: TenantTransaction) => Promise<T>, login: 'api' | 'worker' = 'api'): Promise<T> {
    return withTenant({ database: this.database[login], orgId: this.orgId }, work);
  }

  /** A rule of a point per dollar, unless it says otherwise. */
  addRule(config: Config = {}, effectiveFrom = new Date('2026-01-01T00:00:00Z')) {
    return this.run(async (tx) => {
      const rule = await createRule({ tx, actor: 'owner' }, { config: { conversionRate: 1, ...config } });
      return activateRule({ tx, actor: 'owner' }, { ruleId: rule.id, effectiveFrom: effectiveFrom.toISOString() });
    });
  }

  walletOf(customer: string): Promise<string> {
    return this.run((tx) => walletOf(tx, customer));
  }
}

/** The wallet, as shown outside, of the customer whom the provider calls so. */
export async function walletOf(tx: TenantTransaction, customer: string): Promise<string> {
  const [wallet] = await tx.query<{ id: string }>(
    `select w.id from loyalty.customer_identities i
     join loyalty.wallets w on w.org_id = $1 and w.customer_id = i.customer_id
     where i.org_id = $1 and i.kind = 'external' and i.value = $2`,
    [tx.orgId, customer],
  );
  return showId('wallet', wallet?.id ?? '');
}

/** The code of a refusal. */
export const codeOf = (error: { code?: unknown }): unknown => error.code ?? error;

/** `accepted`, or the code a promise is refused with. */
export const refusal = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'accepted', codeOf);
