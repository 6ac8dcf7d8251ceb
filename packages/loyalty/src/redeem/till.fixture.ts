import { randomUUID } from 'node:crypto';
import { readId, showId } from '@tributary/core/ids';
import { balanceNow } from '@tributary/ledger/balance';
import { postAll } from '@tributary/ledger/post';
import { type Discrepancy, reconcile } from '@tributary/ledger/reconcile';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import type * as z from 'zod';
import { createCustomers } from '../customer/create-customers.ts';
import { Business, type Config } from '../rule/business.fixture.ts';
import { getWallet } from '../wallet/get-wallet.ts';
import { pointsAccount } from '../wallet/points-accounts.ts';
import { deleteReward } from './delete-reward.ts';
import { expireRewards } from './expire-rewards.ts';
import { getRedeemable, type Redeemable } from './get-redeemable.ts';
import { issueReward, type issueRewardInput } from './issue-reward.ts';
import { redeemReward, type redeemRewardInput } from './redeem-reward.ts';

export const noon = new Date('2026-11-21T12:00:00Z');
export const after = (minutes: number) => new Date(noon.getTime() + minutes * 60_000);
export const day = (text: string) => new Date(`${text}T00:00:00Z`);

type Wanted = Partial<z.input<typeof issueRewardInput>> & { key?: string };

/** An organization with a rule (a point is a cent) and a wallet, and what a till does with it. */
export class Till extends Business {
  walletId = '';
  accountId = '';

  /** Another wallet, which the till serves from then on. */
  async addWallet(): Promise<void> {
    const [wallet] = await this.run(async (tx) => {
      const [customerId] = await createCustomers(tx, 1);
      return tx.query<{ id: string; account_id: string }>(
        'select id, account_id from loyalty.wallets where org_id = $1 and customer_id = $2',
        [tx.orgId, customerId],
      );
    });
    this.walletId = showId('wallet', wallet?.id ?? '');
    this.accountId = wallet?.account_id ?? '';
  }

  give(points: number, expiresAt: Date | null = null, overdraw = false) {
    const { accountId } = this;
    return this.run(async (tx) => {
      const credit = points > 0 ? { accountId, amount: points, lot: { expiresAt } } : { accountId, amount: points };
      const legs = [{ accountId: await pointsAccount(tx, 'issued'), amount: -points }, credit];
      await postAll(tx, [{ key: randomUUID(), kind: 'adjust', effectiveAt: noon, overdraw, legs }]);
    });
  }

  setWallet(columns: string) {
    return this.database.superuser.query(`update loyalty.wallets set ${columns} where org_id = $1 and id = $2`, [
      this.orgId,
      readId('wallet', this.walletId),
    ]);
  }

  setZone(timeZone: string) {
    return this.database.superuser.query('update identity.organizations set time_zone = $2 where id = $1', [
      this.orgId,
      timeZone,
    ]);
  }

  issue({ key = randomUUID(), ...wanted }: Wanted = {}, now = noon) {
    const { walletId } = this;
    return this.run((tx) =>
      issueReward(
        { tx, actor: 'till', now, key },
        { walletId, points: 100, basketMinor: 1000, currency: 'USD', ...wanted },
      ),
    );
  }

  redeem(rewardId: string, now = noon, use: Partial<z.input<typeof redeemRewardInput>> = {}) {
    return this.run((tx) => redeemReward({ tx, actor: 'cashier', now }, { rewardId, ...use }));
  }

  remove(rewardId: string, now = noon) {
    return this.run((tx) => deleteReward({ tx, actor: 'cashier', now }, { rewardId }));
  }

  expire(at: Date, limit = 100): Promise<number> {
    return this.run((tx) => expireRewards(tx, { at, limit }), 'worker');
  }

  offers(wanted: { basketMinor?: number; currency?: string } = {}, now = noon): Promise<Redeemable> {
    const context = { ...this.context, now };
    return getRedeemable(context, { walletId: this.walletId, basketMinor: 1000, currency: 'USD', ...wanted });
  }

  /** What the wallet shows: what can be spent, and what is held. */
  async shows(): Promise<[balance: number, held: number]> {
    const { balance, held } = await getWallet(this.context, { walletId: this.walletId });
    return [balance, held];
  }

  /** What is left of its lots, by expiry. */
  lots(): Promise<{ remaining: number; expiresAt: Date | null }[]> {
    return this.run((tx) =>
      tx.query(
        `select remaining, expires_at as "expiresAt" from ledger.lots
         where org_id = $1 and account_id = $2 and remaining > 0 order by expires_at nulls last`,
        [tx.orgId, this.accountId],
      ),
    );
  }

  /** Points that were redeemed for good, of all wallets. */
  async spent(): Promise<number> {
    const balance = await this.run(async (tx) => balanceNow(tx, await pointsAccount(tx, 'redeemed')));
    return balance?.posted ?? 0;
  }

  /** What is wrong with the books, or with rewards and their holds: nothing. */
  faults(): Promise<(Discrepancy | object)[]> {
    return this.run(async (tx) => [
      ...(await reconcile(tx, noon)),
      ...(await tx.query(
        `select r.id, r.status, h.status as hold from loyalty.rewards r
         join ledger.holds h on h.org_id = $1 and h.id = r.hold_id
         where r.org_id = $1 and (r.points <> h.amount or r.expires_at <> h.expires_at or r.posting_id is distinct from h.posting_id
           or h.status <> case when r.status = 'issued' then 'pending' when r.status = 'redeemed' then 'posted'
             when r.deleted_because = 'asked' then 'voided' else 'expired' end)`,
        [tx.orgId],
      )),
    ]);
  }
}

/** A till with a wallet of so many points under a rule. */
export async function openTill(database: TestDatabase, points: number, config: Config = {}): Promise<Till> {
  const till = new Till(database, await createOrganization(database));
  await till.addRule(config);
  await till.addWallet();
  if (points > 0) await till.give(points);
  return till;
}
