import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { baseCurrency, country, organizationName, timeZone } from './fields.ts';

const createOrganizationInput = z.strictObject({
  name: organizationName,
  country: country.default('US'),
  timeZone: timeZone.default('UTC'),
  baseCurrency: baseCurrency.default('USD'),
});

/** Creates a tenant, as the system login. @returns its id. */
export const createOrganization = verb(createOrganizationInput, async (tx: Transaction, organization) => {
  const [row] = await tx.query<{ id: string }>(
    'insert into identity.organizations (name, country, time_zone, base_currency) values ($1, $2, $3, $4) returning id',
    [organization.name, organization.country, organization.timeZone, organization.baseCurrency],
  );
  return (row as { id: string }).id;
});
