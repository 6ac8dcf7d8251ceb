import { AppError } from '@tributary/core/errors';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { eq } from 'drizzle-orm';
import { organizations } from './organization.sql.ts';
import { type Organization, serializeOrganization } from './organization.ts';

/** The organization itself. @throws AppError `not_found` for one that is not there */
export async function getOrganization(context: TenantContext): Promise<Organization> {
  const [row] = await readTenant(context, (reader) =>
    reader.select().from(organizations).where(eq(organizations.id, context.orgId)),
  );
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeOrganization(row);
}
