import type { TenantTransaction } from '@tributary/db/transaction';

interface SettingChange {
  atUs: number | null;
  apply(tx: TenantTransaction): Promise<void>;
}

interface StoredRule {
  id: string;
  version: number;
  config: object;
  currency: string;
  isActive: boolean;
  effectiveFrom: Date | null;
  createdBy: string;
  createdAt: Date;
  /** When somebody put it into force; null where that was not recorded. */
  activatedUs: number | null;
}

/**
 * The rules of an organization, and when each was put into force: a sale that was rewarded before keeps the rule it had then. And its tiers.
 * To be applied to an organization without any.
 */
export async function readSettings(tx: TenantTransaction): Promise<SettingChange[]> {
  const rules = await tx.query<StoredRule>(
    `select r.id, r.version, r.config, r.currency, r.is_active as "isActive", r.effective_from as "effectiveFrom",
       r.created_by as "createdBy", r.created_at as "createdAt",
       (select (extract(epoch from min(a.created_at)) * 1000000)::bigint from audit.records a
        where a.org_id = $1 and a.target_type = 'rewardRule' and a.target_id = r.id and a.action = 'rule.activate') as "activatedUs"
     from loyalty.reward_rules r where r.org_id = $1 order by r.version`,
    [tx.orgId],
  );
  const tiers = await tx.query<{ version: number; config: object; createdBy: string }>(
    `select version, config, created_by as "createdBy" from loyalty.tier_settings where org_id = $1 order by version`,
    [tx.orgId],
  );
  const activations = rules.flatMap((rule) =>
    rule.activatedUs === null
      ? []
      : [{ atUs: rule.activatedUs, apply: (twin: TenantTransaction) => activate(twin, rule) }],
  );
  return [
    ...rules.map((rule) => ({ atUs: null, apply: (twin: TenantTransaction) => insertRule(twin, rule) })),
    ...tiers.map(({ version, config, createdBy }) => ({
      atUs: null,
      apply: async (twin: TenantTransaction) => {
        await twin.query(
          'insert into loyalty.tier_settings (org_id, version, config, created_by) values ($1, $2, $3, $4)',
          [twin.orgId, version, JSON.stringify(config), createdBy],
        );
      },
    })),
    ...activations,
  ];
}

async function insertRule(twin: TenantTransaction, rule: StoredRule): Promise<void> {
  const isLater = rule.activatedUs !== null;
  await twin.query(
    `insert into loyalty.reward_rules (org_id, version, config, currency, is_active, effective_from, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      twin.orgId,
      rule.version,
      JSON.stringify(rule.config),
      rule.currency,
      !isLater && rule.isActive,
      isLater ? null : rule.effectiveFrom,
      rule.createdBy,
      rule.createdAt,
    ],
  );
}

async function activate(twin: TenantTransaction, { version, effectiveFrom }: StoredRule): Promise<void> {
  await twin.query('update loyalty.reward_rules set is_active = false where org_id = $1 and is_active', [twin.orgId]);
  await twin.query(
    'update loyalty.reward_rules set is_active = true, effective_from = $3 where org_id = $1 and version = $2',
    [twin.orgId, version, effectiveFrom],
  );
}
