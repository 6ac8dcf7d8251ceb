import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { canonicalJson, type Json } from '@tributary/core/canonical-json';
import { verb } from '@tributary/core/verb';
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { tierSettings } from './tier.sql.ts';
import { type TierConfig, tierConfig } from './tier-config.ts';
import { selectSettings, serializeSettings, type TierSettings } from './tier-settings.ts';

export const configureTiersInput = z.strictObject({ config: tierConfig });

/**
 * Sets the tiers of the programme. Wallets follow when they earn next, or in the night. The config that holds already changes
 * nothing and makes no version.
 */
export const configureTiers = verb(
  configureTiersInput,
  async ({ tx, actor, client }: ActingContext, { config }): Promise<TierSettings> => {
    // One change at a time: versions have no gaps, and each knows the one before.
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('loyalty.tier_settings:' || $1, 0))`, [tx.orgId]);
    const [known] = await selectSettings(tx.drizzle, tx.orgId);
    const former = known && serializeSettings(known);
    if (former && isSame(former.config, config)) return former;
    const [row] = await tx.drizzle
      .insert(tierSettings)
      .values({ orgId: tx.orgId, version: (former?.version ?? 0) + 1, config, createdBy: actor, createdAt: sql`now()` })
      .returning();
    const settings = serializeSettings(row as typeof tierSettings.$inferSelect);
    await recordAudit(tx, {
      actor,
      client,
      action: 'tiers.configure',
      targetType: 'organization',
      targetId: tx.orgId,
      ...(former && { before: { version: former.version, config: former.config } }),
      after: { version: settings.version, config },
    });
    return settings;
  },
);

const isSame = (a: TierConfig, b: TierConfig) => canonicalJson(a as Json) === canonicalJson(b as Json);
