import type { TenantTransaction } from '@tributary/db/transaction';
import { bury, findErased } from '@tributary/privacy/erased';
import { idName, nameKey, nameOf, pseudonymOf } from '@tributary/privacy/names';
import { eraseSales } from './erase-sales.ts';
import { type Identity, lockIdentities } from './identity.ts';

interface ErasedPerson {
  names: number;
  sales: number;
}

type Named = Identity & { customerId: string };

/**
 * Takes from a customer, and from those who were merged into them, all they were known by. Ids at providers go by a pseudonym from then
 * on, so that their sales stay theirs; addresses and numbers are gone. Doing so again takes what came meanwhile.
 * @param customerId UUID of one who is not merged
 */
export async function erasePerson(tx: TenantTransaction, customerId: string): Promise<ErasedPerson> {
  const identities = await tx.query<Named>(
    `select i.kind, i.provider, i.value, i.customer_id as "customerId" from loyalty.customer_identities i
     join loyalty.customers c on c.org_id = $1 and c.id = i.customer_id and (c.id = $2 or c.merged_into = $2)
     where i.org_id = $1 and not i.is_pseudonym`,
    [tx.orgId, customerId],
  );
  await lockIdentities(tx, identities);
  await bury(tx, customerId, identities.map(nameOf), { areReferences: false });
  await buryReferences(tx, customerId);
  await replaceIdentities(tx, identities);
  const valuesOf = (kind: Identity['kind']) => identities.flatMap((one) => (one.kind === kind ? [one.value] : []));
  const sales = await eraseSales(tx, {
    where: `t.customer_id in (select c.id from loyalty.customers c where c.org_id = $1 and (c.id = $4 or c.merged_into = $4))
      or t.linked_customer_id in (select c.id from loyalty.customers c where c.org_id = $1 and (c.id = $4 or c.merged_into = $4))
      or t.contact_email = any ($5) or t.contact_mobile = any ($6)`,
    values: [customerId, valuesOf('email'), valuesOf('mobile')],
  });
  return { names: identities.length, sales };
}

/** An object that has the id of one of their sales is about them, whether it names them or not. */
async function buryReferences(tx: TenantTransaction, customerId: string): Promise<void> {
  const sales = await tx.query<{ provider: string; externalId: string }>(
    `select t.provider, t.provider_transaction_id as "externalId" from loyalty.customers c
     join loyalty.transactions t on t.org_id = $1 and (t.customer_id = c.id or t.linked_customer_id = c.id)
     where c.org_id = $1 and (c.id = $2 or c.merged_into = $2)`,
    [tx.orgId, customerId],
  );
  const references = sales.map(({ provider, externalId }) => idName(provider, externalId));
  await bury(tx, customerId, references, { areReferences: true });
}

async function replaceIdentities(tx: TenantTransaction, identities: readonly Named[]): Promise<void> {
  const erased = await findErased(tx, identities.map(nameOf));
  const external = identities.filter(({ kind }) => kind === 'external');
  const pseudonyms = external.map((one) => {
    const known = erased.get(nameKey(nameOf(one)));
    if (known === undefined) throw new Error('a buried name is not found');
    return pseudonymOf(one.value, known.fingerprint);
  });
  await tx.query(
    `update loyalty.customer_identities i set value = p.pseudonym, is_pseudonym = true
     from unnest($2::text[], $3::text[], $4::text[]) as p (provider, value, pseudonym)
     where i.org_id = $1 and i.kind = 'external' and i.provider = p.provider and i.value = p.value`,
    [tx.orgId, external.map(({ provider }) => provider), external.map(({ value }) => value), pseudonyms],
  );
  const contacts = identities.filter(({ kind }) => kind !== 'external');
  await tx.query(
    `delete from loyalty.customer_identities i using unnest($2::text[], $3::text[]) as c (kind, value)
     where i.org_id = $1 and i.kind = c.kind and i.value = c.value`,
    [tx.orgId, contacts.map(({ kind }) => kind), contacts.map(({ value }) => value)],
  );
}
