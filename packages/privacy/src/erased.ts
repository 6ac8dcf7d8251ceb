import type { TenantTransaction } from '@tributary/db/transaction';
import { type Name, nameKey } from './names.ts';
import type { ErasedName, ErasedNames } from './replace-id.ts';

interface Known {
  hasErased: boolean;
  /** Of the organization, ISO 3166-1 alpha-2. */
  country: string;
}

const asked = new WeakMap<TenantTransaction, Known>();

/** `has_erased` and `country` of an organization as columns, for a statement that asks for something else. @param orgId SQL for its id */
export const knownColumns = (orgId: string) =>
  `exists (select from privacy.erased_names n where n.org_id = ${orgId}) as "hasErased",
   (select o.country from identity.organizations o where o.id = ${orgId}) as country`;

/** Remembers for the transaction what was told beside something else. */
export function noteKnown(tx: TenantTransaction, { hasErased, country }: Known): void {
  asked.set(tx, { hasErased, country });
}

/** Whether anybody was erased from the organization; asked once a transaction. */
export async function known(tx: TenantTransaction): Promise<Known> {
  const before = asked.get(tx);
  if (before !== undefined) return before;
  const [row] = await tx.query<Known>(`select ${knownColumns('$1')}`, [tx.orgId]);
  const answer = row ?? { hasErased: false, country: '' };
  asked.set(tx, answer);
  return answer;
}

/** Which of these names are erased. One statement, whatever the number. */
export async function findErased(tx: TenantTransaction, names: Iterable<Name>): Promise<ErasedNames> {
  const wanted = [...new Map([...names].map((name) => [nameKey(name), name])).entries()];
  if (wanted.length === 0) return new Map();
  const rows = await tx.query<ErasedName & { ord: number }>(
    `select ord, fingerprint, is_reference as "isReference", customer_id as "customerId" from privacy.find_erased($1)`,
    [JSON.stringify(wanted.map(([, name]) => name))],
  );
  return new Map(rows.map(({ ord, ...name }) => [(wanted[Number(ord) - 1] as [string, Name])[0], name]));
}

/** Remembers names of a customer as erased, those that were not. @returns how many those are */
export async function bury(
  tx: TenantTransaction,
  customerId: string,
  names: readonly Name[],
  { areReferences }: { areReferences: boolean },
): Promise<number> {
  if (names.length === 0) return 0;
  const rows = await tx.query('select ord from privacy.bury($1, $2, $3)', [
    customerId,
    JSON.stringify(names),
    areReferences,
  ]);
  asked.delete(tx);
  return rows.length;
}

/** One of several subjects' names. */
export interface NameOfErased {
  name: Name;
  customerId: string;
  isReference: boolean;
}

/** Remembers each name as its own subject's. @returns how many were not known */
export async function buryEach(tx: TenantTransaction, names: readonly NameOfErased[]): Promise<number> {
  const groups = Map.groupBy(names, ({ customerId, isReference }) => `${isReference} ${customerId}`);
  let buried = 0;
  for (const group of groups.values()) {
    const { customerId, isReference: areReferences } = group[0] as NameOfErased;
    buried += await bury(
      tx,
      customerId,
      group.map(({ name }) => name),
      { areReferences },
    );
  }
  return buried;
}

/** Whoever gives an address or number again is known by it again: no longer erased. */
export async function lift(tx: TenantTransaction, names: readonly Name[]): Promise<void> {
  const contacts = names.filter(([kind]) => kind !== 'id');
  if (contacts.length > 0) await tx.query('select privacy.lift($1)', [JSON.stringify(contacts)]);
}
