import { AppError } from '@tributary/core/errors';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { desc, eq } from 'drizzle-orm';
import { tierSettings } from './tier.sql.ts';
import { serializeSettings, type TierSettings } from './tier-settings.ts';

/** The tiers that hold. @throws AppError `not_found` for an organization that never configured any. */
export async function getTiers(context: TenantContext): Promise<TierSettings> {
  const [row] = await readTenant(context, (reader) =>
    reader
      .select()
      .from(tierSettings)
      .where(eq(tierSettings.orgId, context.orgId))
      .orderBy(desc(tierSettings.version))
      .limit(1),
  );
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeSettings(row);
}
