import { normalizeMobile } from '@tributary/core/contact';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import { customers } from '../wallet/wallet.sql.ts';
import { contacts, countContacts, readContacts, selectCountry } from './contacts.ts';
import { type CustomerDetail, selectCustomers, serializeCustomerDetail } from './customer-detail.ts';
import type { Identity } from './identity.ts';

export const findCustomerInput = contacts
  .refine(
    (given) => countContacts(given) === 1,
    'must have an e-mail address, a number or an id at a provider, one of them',
  )
  .meta({ minProperties: 1, maxProperties: 1 });

/** Who is known by a contact. @throws AppError `not_found`; `validation_failed` for what cannot be an address or number. */
export const findCustomer = verb(findCustomerInput, async (context: TenantContext, given): Promise<CustomerDetail> => {
  const [identity] = readContacts(given, await countryFor(context, given)) as [Identity];
  const known = sql`${customers.id} = (
    select i.customer_id from loyalty.customer_identities i
    where i.org_id = ${context.orgId} and i.kind = ${identity.kind} and i.provider = ${identity.provider} and i.value = ${identity.value})`;
  return serializeCustomerDetail(await readTenant(context, (reader) => selectCustomers(reader, context.orgId, known)));
});

/** Asked for only where a number comes without a country code: finding somebody is then one round trip more. */
async function countryFor(context: TenantContext, { mobile }: z.output<typeof contacts>): Promise<string> {
  if (mobile === undefined || normalizeMobile(mobile, '') !== null) return '';
  const [organization] = await readTenant(context, (reader) => selectCountry(reader, context.orgId));
  return organization?.country ?? '';
}
