import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import * as z from 'zod';

const createOrganizationInput = z.strictObject({
  name: z.string().trim().min(1).max(200),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .default('US'),
  timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone').default('UTC'),
  baseCurrency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('USD'),
});

/** Creates a tenant, as the system login. @returns its id. */
export const createOrganization = verb(createOrganizationInput, async (tx: Transaction, organization) => {
  const [row] = await tx.query<{ id: string }>(
    'insert into identity.organizations (name, country, time_zone, base_currency) values ($1, $2, $3, $4) returning id',
    [organization.name, organization.country, organization.timeZone, organization.baseCurrency],
  );
  return (row as { id: string }).id;
});

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
