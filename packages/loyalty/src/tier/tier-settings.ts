import { AppError } from '@tributary/core/errors';
import type { Reader } from '@tributary/db/read';
import { desc, eq } from 'drizzle-orm';
import * as z from 'zod';
import { tierSettings as settingsTable } from './tier.sql.ts';
import { type TierConfig, tierConfig } from './tier-config.ts';

export const tierSettings = z
  .strictObject({
    version: z.int().positive(),
    config: tierConfig,
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'TierSettings', description: 'The tiers of the programme; the newest version holds.' });

export type TierSettings = z.infer<typeof tierSettings>;

/** Selects the settings that hold: one row, or none where there never were any. */
export function selectSettings(reader: Reader, orgId: string) {
  return reader
    .select()
    .from(settingsTable)
    .where(eq(settingsTable.orgId, orgId))
    .orderBy(desc(settingsTable.version))
    .limit(1);
}

export function serializeSettings({ orgId: _, ...row }: typeof settingsTable.$inferSelect): TierSettings {
  return { ...row, config: readTierConfig(row.config), createdAt: row.createdAt.toISOString() };
}

/**
 * A config as it is stored; fields that did not exist then get their defaults.
 * @throws AppError `internal` when it is no tier config: nothing but `tierConfig` is ever stored.
 */
export function readTierConfig(stored: unknown): TierConfig {
  const result = tierConfig.safeParse(stored);
  if (result.success) return result.data;
  throw new AppError('internal', 'Stored tier settings cannot be read.', { cause: result.error });
}
