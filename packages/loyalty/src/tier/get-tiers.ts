import { AppError } from '@tributary/core/errors';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { selectSettings, serializeSettings, type TierSettings } from './tier-settings.ts';

/** The tiers that hold. @throws AppError `not_found` for an organization that never configured any. */
export async function getTiers(context: TenantContext): Promise<TierSettings> {
  const [row] = await readTenant(context, (reader) => selectSettings(reader, context.orgId));
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeSettings(row);
}
