import { randomUUID } from 'node:crypto';
import type { Database } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { reconcile } from '@tributary/ledger/reconcile';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import type * as z from 'zod';
import { freezeWallet, unfreezeWallet } from '../freeze/freeze-wallet.ts';
import { issueReward } from '../redeem/issue-reward.ts';
import { redeemReward } from '../redeem/redeem-reward.ts';
import { activateRule } from '../rule/activate-rule.ts';
import { walletOf } from '../rule/business.fixture.ts';
import { createRule } from '../rule/create-rule.ts';
import type { ruleConfig } from '../rule/rule-config.ts';
import { configureTiers } from '../tier/configure-tiers.ts';
import type { tierConfig } from '../tier/tier-config.ts';
import { applyFacts } from '../transaction/apply-facts.ts';
import { businessDay } from '../transaction/business-day.ts';
import { payment } from '../transaction/facts.fixture.ts';
import { runDaily } from './run-daily.ts';

export const at = (time: string) => new Date(time);

interface Terms {
  timeZone?: string;
  rule?: Partial<z.input<typeof ruleConfig>>;
  tiers?: z.input<typeof tierConfig>;
}

/** A wallet as its customer sees it. */
interface Holding {
  balance: number;
  pending: number;
  tier: string | null;
}

/** An organization where a dollar earns a point, and what goes on there. Customers go by the name their provider gives them. */
export class Programme {
  readonly #database: TestDatabase;
  readonly orgId: string;
  readonly timeZone: string;

  constructor(database: TestDatabase, orgId: string, timeZone: string) {
    this.#database = database;
    this.orgId = orgId;
    this.timeZone = timeZone;
  }

  asApi<T>(work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    return withTenant({ database: this.#database.api, orgId: this.orgId }, work);
  }

  asWorker<T>(work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    return withTenant({ database: this.#database.worker, orgId: this.orgId }, work);
  }

  /** A sale of so many dollars, told as it was made; of so many of them given back since. */
  sell(
    customer: string,
    dollars: number,
    takenAt: string,
    { id = randomUUID() as string, refunded = 0 } = {},
  ): Promise<number> {
    const sale = payment({
      externalId: id,
      amountMinor: dollars * 100,
      refundedMinor: refunded * 100,
      customer: { externalId: customer },
      takenAt: at(takenAt),
      version: new Date(at(takenAt).getTime() + refunded),
    });
    return this.asWorker((tx) => applyFacts(tx, [sale], at(takenAt)));
  }

  /** Holds points as a reward, for a day. */
  async hold(customer: string, points: number, time: string): Promise<string> {
    const walletId = await this.walletOf(customer);
    const wanted = { walletId, points, basketMinor: 1_000_000, currency: 'USD' };
    const { id } = await this.asApi((tx) =>
      issueReward({ tx, actor: 'till', now: at(time), key: randomUUID() }, wanted),
    );
    return id;
  }

  async spend(customer: string, points: number, time: string): Promise<void> {
    const rewardId = await this.hold(customer, points, time);
    await this.asApi((tx) => redeemReward({ tx, actor: 'till', now: at(time) }, { rewardId }));
  }

  async setTiers(config: z.input<typeof tierConfig>): Promise<void> {
    await this.asApi((tx) => configureTiers({ tx, actor: 'owner' }, { config }));
  }

  async freeze(customer: string, time: string): Promise<void> {
    const wanted = { walletId: await this.walletOf(customer), reason: 'to be looked at' };
    await this.asApi((tx) => freezeWallet({ tx, actor: 'owner', now: at(time) }, wanted));
  }

  async unfreeze(customer: string, time: string): Promise<void> {
    const wanted = { walletId: await this.walletOf(customer), reason: 'was looked at' };
    await this.asApi((tx) => unfreezeWallet({ tx, actor: 'owner', now: at(time) }, wanted));
  }

  /** Runs the job of the day it is there at a time. */
  run(time: string, database: Database = this.#database.worker) {
    const now = at(time);
    return runDaily({ database, orgId: this.orgId }, { day: businessDay(now, this.timeZone), now });
  }

  walletOf(customer: string): Promise<string> {
    return this.asWorker((tx) => walletOf(tx, customer));
  }

  async wallets(): Promise<Record<string, Holding>> {
    const rows = await this.asWorker((tx) =>
      tx.query<Holding & { customer: string }>(
        `select i.value as customer, a.balance - a.pending_debits as balance, coalesce(p.balance, 0) as pending, w.tier
         from loyalty.customer_identities i
         join loyalty.wallets w on w.org_id = $1 and w.customer_id = i.customer_id
         join ledger.accounts a on a.org_id = $1 and a.id = w.account_id
         left join ledger.accounts p on p.org_id = $1 and p.id = w.pending_account_id
         where i.org_id = $1 and i.kind = 'external' order by i.value`,
        [tx.orgId],
      ),
    );
    return Object.fromEntries(rows.map(({ customer, ...holding }) => [customer, holding]));
  }

  async wallet(customer: string): Promise<Holding | undefined> {
    return (await this.wallets())[customer];
  }

  /** What is wrong with the books: nothing. */
  faults() {
    return this.asWorker((tx) => reconcile(tx, new Date()));
  }
}

export async function openProgramme(database: TestDatabase, terms: Terms = {}): Promise<Programme> {
  const { timeZone = 'UTC', rule: change = {}, tiers } = terms;
  const orgId = await createOrganization(database);
  await database.superuser.query('update identity.organizations set time_zone = $2 where id = $1', [orgId, timeZone]);
  const programme = new Programme(database, orgId, timeZone);
  await programme.asApi(async (tx) => {
    const context = { tx, actor: 'owner' };
    const rule = await createRule(context, { config: { conversionRate: 1, ...change } });
    await activateRule(context, { ruleId: rule.id, effectiveFrom: '2015-01-01T00:00:00Z' });
  });
  if (tiers) await programme.setTiers(tiers);
  return programme;
}
