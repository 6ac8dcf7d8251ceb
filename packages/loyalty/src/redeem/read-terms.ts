import { AppError } from '@tributary/core/errors';
import type { Reader } from '@tributary/db/read';
import { and, desc, eq, lte, type SQL, sql } from 'drizzle-orm';
import { rewardRules } from '../rule/rule.sql.ts';
import { readRuleConfig } from '../rule/rule-config.ts';
import { walletAccounts, wallets } from '../wallet/wallet.sql.ts';
import { availablePoints, itsAccount } from '../wallet/wallet.ts';
import type { RedemptionTerms } from './compute-redemption.ts';
import { rewards } from './reward.sql.ts';

interface Moment {
  orgId: string;
  /** UUID. */
  walletId: string;
  now: Date;
}

/**
 * What decides about a redemption, in one statement: the wallet, the rule in force now (null: none) and what was redeemed today.
 * No row for a wallet that is not there.
 */
export function selectTerms(reader: Reader, { orgId, walletId, now }: Moment) {
  const rule = ruleInForce(reader, orgId, now);
  const used = usedToday(reader, { orgId, walletId, now });
  return reader
    .select({
      wallet: { status: wallets.status, available: availablePoints },
      rule: { id: rule.id, config: rule.config, currency: rule.currency },
      usedToday: {
        redemptions: sql`${used.redemptions}`.mapWith(Number),
        points: sql`${used.points}`.mapWith(Number),
      },
    })
    .from(wallets)
    .innerJoin(walletAccounts, itsAccount)
    .leftJoinLateral(rule, sql`true`)
    .crossJoinLateral(used)
    .where(and(eq(wallets.orgId, orgId), eq(wallets.id, walletId)));
}

/** The newest that came into force, whether or not a later one was activated for the future. */
export function ruleInForce(reader: Reader, orgId: string, now: Date) {
  return reader
    .select({ id: rewardRules.id, config: rewardRules.config, currency: rewardRules.currency })
    .from(rewardRules)
    .where(and(eq(rewardRules.orgId, orgId), lte(rewardRules.effectiveFrom, now)))
    .orderBy(desc(rewardRules.effectiveFrom), desc(rewardRules.version))
    .limit(1)
    .as('rule');
}

/**
 * Rewards issued today that were not given back, and rewards redeemed today whenever they were issued. Days are compared as dates of
 * the organization's time zone, because an instant has one date there while a midnight may come twice or not at all.
 */
function usedToday(reader: Reader, { orgId, walletId, now }: Moment) {
  const zone = sql`(select o.time_zone from identity.organizations o where o.id = ${orgId})`;
  const dateOf = (time: SQL) => sql`(${time} at time zone ${zone})::date`;
  const today = dateOf(sql`${now.toISOString()}::timestamptz`);
  return reader
    .select({
      redemptions: sql<string>`count(*)`.as('redemptions'),
      points: sql<string>`coalesce(sum(${rewards.points}), 0)`.as('points'),
    })
    .from(rewards)
    .where(
      and(
        eq(rewards.orgId, orgId),
        eq(rewards.walletId, walletId),
        // One that was issued or redeemed today had not expired two days ago: a range of an index.
        sql`${rewards.expiresAt} > ${now.toISOString()}::timestamptz - interval '2 days'`,
        sql`${rewards.status} <> 'deleted'`,
        sql`(${dateOf(sql`${rewards.issuedAt}`)} = ${today}
          or ${rewards.status} = 'redeemed' and ${dateOf(sql`${rewards.resolvedAt}`)} = ${today})`,
      ),
    )
    .as('used');
}

type TermsRow = Awaited<ReturnType<typeof selectTerms>>[number];

/**
 * The same as the computation wants it, with the id of the rule (a UUID).
 * @throws AppError `no_rule_in_force`.
 */
export function termsOf(
  { wallet, rule, usedToday }: TermsRow,
  basket: RedemptionTerms['basket'],
): RedemptionTerms & { ruleId: string } {
  if (!rule) throw new AppError('no_rule_in_force', 'No reward rule is in force.');
  const { id: ruleId, config, currency } = rule;
  return { ruleId, rule: { config: readRuleConfig(config), currency }, wallet, basket, usedToday };
}
