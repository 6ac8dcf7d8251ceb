import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import { findErased, known, lift } from '@tributary/privacy/erased';
import { nameKey, nameOf } from '@tributary/privacy/names';
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
    await remember(tx, identities);
    const owners = await findCustomers(tx, identities);
    const customerId = onlyOwner(owners) ?? (await createCustomers(tx, 1))[0];
    if (customerId === undefined) throw new Error('no customer was created');
    const names = identities.map((identity): Identity & { customerId: string } => ({ ...identity, customerId }));
    await claimIdentities(
      tx,
      names.filter((name) => !owners.has(identityKey(name))),
    );
    await recomputeSales(tx, await linkSales(tx, names), now);
    return readCustomer(tx, customerId);
  },
);

/** Who was erased and gives an address or number again is known by it again, as somebody new. An id at a provider stays erased. */
async function remember(tx: TenantTransaction, identities: readonly Identity[]): Promise<void> {
  if (!(await known(tx)).hasErased) return;
  const names = identities.map(nameOf);
  const erased = await findErased(tx, names);
  if (names.some((name) => name[0] === 'id' && erased.has(nameKey(name))))
    throw new AppError('conflict', 'The customer with this id at the provider was erased.');
  await lift(tx, names);
}

function onlyOwner(known: ReadonlyMap<string, string>): string | undefined {
  const owners = new Set(known.values());
  if (owners.size > 1) {
    throw new AppError('customers_differ', 'These are names of different customers: merge them first.');
  }
  return [...owners][0];
}
