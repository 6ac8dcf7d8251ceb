import { randomUUID } from 'node:crypto';
import { type AuditRecord, listRecords } from '@tributary/audit/list-records';
import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import { readId } from '@tributary/core/ids';
import { holdOne } from '@tributary/ledger/hold';
import { postAll } from '@tributary/ledger/post';
import { reconcile } from '@tributary/ledger/reconcile';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import type * as z from 'zod';
import { freezeWallet, unfreezeWallet } from '../freeze/freeze-wallet.ts';
import { Business, type Config } from '../rule/business.fixture.ts';
import { applyFacts } from '../transaction/apply-facts.ts';
import { payment as paymentOf, refund as refundOf } from '../transaction/facts.fixture.ts';
import { getWallet } from '../wallet/get-wallet.ts';
import { lockWallet } from '../wallet/lock-wallet.ts';
import { pointsAccount } from '../wallet/points-accounts.ts';
import { adjustWallet, type adjustWalletInput } from './adjust-wallet.ts';

export const day = (text: string) => new Date(`${text}T00:00:00Z`);
export const noon = new Date('2026-11-21T12:00:00Z');
export const after = (minutes: number) => new Date(noon.getTime() + minutes * 60_000);

type Adjustment = Partial<z.input<typeof adjustWalletInput>> & { key?: string };

/** An organization with a rule (a point per dollar) and what is decided in its back office; customers are called by their names. */
export class Office extends Business {
  setOrganization(columns: string) {
    return this.database.superuser.query(`update identity.organizations set ${columns} where id = $1`, [this.orgId]);
  }

  apply(facts: (PaymentFact | RefundFact)[], now = noon): Promise<number> {
    return this.run((tx) => applyFacts(tx, facts, now), 'worker');
  }

  sell(customer: string | null, change: Partial<PaymentFact> = {}, now = noon): Promise<number> {
    return this.apply([payment(customer, change)], now);
  }

  async setWallet(customer: string, columns: string) {
    const id = readId('wallet', await this.walletOf(customer));
    return this.database.superuser.query(`update loyalty.wallets set ${columns} where org_id = $1 and id = $2`, [
      this.orgId,
      id,
    ]);
  }

  async wallet(customer: string) {
    return getWallet(this.context, { walletId: await this.walletOf(customer) });
  }

  async balance(customer: string): Promise<number> {
    return (await this.wallet(customer)).balance;
  }

  async adjust(customer: string, { key = randomUUID(), ...wanted }: Adjustment = {}, now = noon) {
    const walletId = await this.walletOf(customer);
    return this.run((tx) =>
      adjustWallet({ tx, actor: 'ann the admin', now, key }, { walletId, points: 10, reason: 'sorry', ...wanted }),
    );
  }

  /** Sets points aside, as an issued reward does. */
  async hold(customer: string, points: number): Promise<void> {
    const walletId = await this.walletOf(customer);
    await this.run(async (tx) => {
      const { accountId } = await lockWallet(tx, walletId);
      const creditAccountId = await pointsAccount(tx, 'redeemed');
      await holdOne(tx, {
        key: randomUUID(),
        debitAccountId: accountId,
        creditAccountId,
        amount: points,
        expiresAt: day('2030-01-01'),
      });
    });
  }

  /** Takes points for good, as a redeemed reward does. */
  async spend(customer: string, points: number): Promise<void> {
    const walletId = await this.walletOf(customer);
    await this.run(async (tx) => {
      const { accountId } = await lockWallet(tx, walletId);
      const legs = [
        { accountId, amount: -points },
        { accountId: await pointsAccount(tx, 'redeemed'), amount: points },
      ];
      await postAll(tx, [{ key: randomUUID(), kind: 'redeem', effectiveAt: noon, legs }]);
    });
  }

  async freeze(customer: string, reason = 'lost card') {
    const walletId = await this.walletOf(customer);
    return this.run((tx) => freezeWallet({ tx, actor: 'ann the admin', now: noon }, { walletId, reason }));
  }

  async unfreeze(customer: string, reason = 'found it', now = noon) {
    const walletId = await this.walletOf(customer);
    return this.run((tx) => unfreezeWallet({ tx, actor: 'ann the admin', now }, { walletId, reason }));
  }

  /** What was recorded about the customer's wallet, the newest first. */
  async audit(customer: string): Promise<AuditRecord[]> {
    const found = await listRecords(this.context, { targetId: await this.walletOf(customer), limit: 100 });
    return found.map(({ item }) => item);
  }

  /** What is wrong with the books: nothing. */
  faults() {
    return this.run((tx) => reconcile(tx, noon));
  }
}

/** A sale of $50 to a customer of that name at Square. */
export const payment = (customer: string | null, change: Partial<PaymentFact> = {}): PaymentFact =>
  paymentOf({
    customer: customer === null ? null : { externalId: customer },
    takenAt: noon,
    version: noon,
    ...change,
  });

export const refund = (change: Partial<RefundFact> = {}): RefundFact => refundOf({ version: after(1), ...change });

export async function openOffice(database: TestDatabase, config: Config = {}): Promise<Office> {
  const office = new Office(database, await createOrganization(database));
  await office.addRule(config);
  return office;
}
