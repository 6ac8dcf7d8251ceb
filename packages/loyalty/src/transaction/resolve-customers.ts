import type { PaymentFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { selectCountry } from '../customer/contacts.ts';
import { createCustomers } from '../customer/create-customers.ts';
import {
  claimIdentities,
  findCustomers,
  type Identity,
  identitiesOf,
  identityKey,
  lockIdentities,
} from '../customer/identity.ts';

/** Who bought, per payment: the customer, and how it could be reached. */
export interface Buyer {
  /** UUID; null while nobody knows. */
  customerId: string | null;
  /** Whether the provider named the customer, rather than us by an address or number. */
  named: boolean;
  email: string | null;
  mobile: string | null;
}

export interface Resolved {
  /** By payment. */
  buyers: ReadonlyMap<PaymentFact, Buyer>;
  /** What became known with these payments: anonymous sales may carry it too. */
  claimed: readonly (Identity & { customerId: string })[];
}

/**
 * Finds the customers of payments, and makes those that are not there yet, each with a wallet. The provider's id of the customer
 * decides; one that is new is a customer already known by the same address or number, if there is one. Where the names of one sale
 * belong to two customers both stay as they are: merging is for people to decide. A payment without an id makes no customer.
 */
export async function resolveCustomers(tx: TenantTransaction, payments: readonly PaymentFact[]): Promise<Resolved> {
  const dials = payments.some(({ customer }) => customer?.mobile !== undefined);
  const [organization] = dials ? await selectCountry(tx.drizzle, tx.orgId) : [];
  const told = new Map(
    payments.map((one) => [one, identitiesOf(one.provider, one.customer, organization?.country ?? '')]),
  );
  const identities = [...told.values()].flat();
  if (identities.length === 0) return { buyers: buyersOf(told, new Map()), claimed: [] };
  let known = await findCustomers(tx, identities);
  const free = identities.filter((identity) => !known.has(identityKey(identity)));
  if (free.length === 0) return { buyers: buyersOf(told, known), claimed: [] };
  // Also for sales that make nobody: whoever registers that address meanwhile must see this sale, or this sale them.
  await lockIdentities(tx, free);
  known = await findCustomers(tx, identities);
  const claimed = await claim(tx, told, known);
  return { buyers: buyersOf(told, known), claimed };
}

type Told = ReadonlyMap<PaymentFact, readonly Identity[]>;

/** Decides whose the free identities are, in an order that does not depend on how payments came; adds them to `known`. */
async function claim(tx: TenantTransaction, told: Told, known: Map<string, string>) {
  const claims: (Identity & { slot: string })[] = [];
  const slots = new Map(known);
  const named = [...told.values()].filter((names) => names[0]?.kind === 'external');
  const inOrder = named.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  for (const names of inOrder) {
    const owner = names.map((name) => slots.get(identityKey(name))).find((slot) => slot !== undefined);
    const slot = owner ?? `new:${identityKey(names[0] as Identity)}`;
    for (const name of names.filter((one) => !slots.has(identityKey(one)))) {
      slots.set(identityKey(name), slot);
      claims.push({ ...name, slot });
    }
  }
  const fresh = [...new Set(claims.map(({ slot }) => slot).filter((slot) => slot.startsWith('new:')))];
  const created = await createCustomers(tx, fresh.length);
  const customers = new Map(fresh.map((slot, index) => [slot, created[index] as string]));
  const claimed = claims.map(({ slot, ...identity }) => ({ ...identity, customerId: customers.get(slot) ?? slot }));
  await claimIdentities(tx, claimed);
  for (const identity of claimed) known.set(identityKey(identity), identity.customerId);
  return claimed;
}

const sortKey = (names: readonly Identity[]) => names.map(identityKey).join('\n');

function buyersOf(told: Told, known: ReadonlyMap<string, string>): Map<PaymentFact, Buyer> {
  return new Map(
    [...told].map(([payment, names]) => {
      const owner = names.map((name) => known.get(identityKey(name))).find((id) => id !== undefined);
      const contact = (kind: Identity['kind']) => names.find((name) => name.kind === kind)?.value ?? null;
      return [
        payment,
        {
          customerId: owner ?? null,
          named: names[0]?.kind === 'external',
          email: contact('email'),
          mobile: contact('mobile'),
        },
      ];
    }),
  );
}
