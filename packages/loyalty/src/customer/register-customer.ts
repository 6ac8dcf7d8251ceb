import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import { lockStatuses } from '../freeze/lock-statuses.ts';
import { recomputeSales } from '../transaction/apply-facts.ts';
import { contacts, countContacts, readContacts, selectCountry } from './contacts.ts';
import { createCustomers } from './create-customers.ts';
import { type CustomerDetail, readCustomer } from './customer-detail.ts';
import { claimIdentities, findCustomers, type Identity, identityKey, lockIdentities } from './identity.ts';
import { linkSales } from './link-sales.ts';

export const registerCustomerInput = contacts
  .refine((given) => countContacts(given) > 0, 'must have an e-mail address, a number or an id at a provider')
  .meta({ minProperties: 1 });

interface RegisteringContext {
  tx: TenantTransaction;
  now: Date;
}

/**
 * The customer with these names: who is known by one of them gets the others too, and nobody's make a new customer. Anonymous sales
 * with the same address or number become theirs and earn what they would have, under the rules of their time (S1-057, case L62).
 * @throws AppError `customers_differ` when the names are those of several; `validation_failed`.
 */
export const registerCustomer = verb(
  registerCustomerInput,
  async ({ tx, now }: RegisteringContext, given): Promise<CustomerDetail> => {
    const [organization] = given.mobile === undefined ? [] : await selectCountry(tx.drizzle, tx.orgId);
    const identities = readContacts(given, organization?.country ?? '');
    // Nobody is merged meanwhile.
    await lockStatuses(tx, 'shared');
    await lockIdentities(tx, identities);
    const known = await findCustomers(tx, identities);
    const customerId = onlyOwner(known) ?? (await createCustomers(tx, 1))[0];
    if (customerId === undefined) throw new Error('no customer was created');
    const names = identities.map((identity): Identity & { customerId: string } => ({ ...identity, customerId }));
    await claimIdentities(
      tx,
      names.filter((name) => !known.has(identityKey(name))),
    );
    await recomputeSales(tx, await linkSales(tx, names), now);
    return readCustomer(tx, customerId);
  },
);

function onlyOwner(known: ReadonlyMap<string, string>): string | undefined {
  const owners = new Set(known.values());
  if (owners.size > 1) {
    throw new AppError('customers_differ', 'These are names of different customers: merge them first.');
  }
  return [...owners][0];
}
