import type { Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { type TenantContext, type TenantTransaction, withTenant } from '@tributary/db/transaction';
import * as z from 'zod';
import { kinds, sections } from './export-sections.ts';
import type { Identity } from './identity.ts';
import { followContacts, isNamedIn, type Subject, subjectOf } from './named-in.ts';

export const exportedItem = z
  .strictObject({
    kind: z.enum(kinds),
    record: z.record(z.string(), z.json()).describe('The row as it is kept; ids are UUIDs. New fields may come.'),
  })
  .meta({ id: 'ExportedItem', description: 'One thing that is held about a subject.' });

export type ExportedItem = z.infer<typeof exportedItem>;

/** Behind the item of that section with that key. */
export const exportPosition = z.tuple([z.int(), z.string().max(80)]);

const exportCustomerInput = z.strictObject({
  customerId: z.string(),
  limit: z.int().positive(),
  after: exportPosition.optional(),
});

/**
 * All that is held about a subject, a customer with all who were merged into them, one item after the other: at most `limit`, each with
 * the position a next page continues from. @throws AppError `not_found`
 */
export const exportCustomer = verb(
  exportCustomerInput,
  (context: TenantContext, { customerId, limit, after }): Promise<{ item: ExportedItem; position: Position }[]> =>
    withTenant(context, async (tx) => {
      const group = await readGroup(tx, readId('customer', customerId));
      const subject = await followContacts(tx, subjectOf(group.identities, group.country));
      const rows = await readHeld(tx, group, subject, { limit, after: after ?? [-1, ''] });
      return rows.map(({ section, key, record }) => ({
        item: { kind: kinds[section] as ExportedItem['kind'], record: camelCased(record) as ExportedItem['record'] },
        position: [section, key],
      }));
    }),
);

type Position = z.output<typeof exportPosition>;

interface Group {
  customerIds: string[];
  walletIds: string[];
  /** What they are known by. */
  identities: Identity[];
  /** Of the organization, ISO 3166-1 alpha-2. */
  country: string;
  /** The providers' ids of their sales, each with the provider before it. */
  sales: string[];
}

async function readGroup(tx: TenantTransaction, customerId: string): Promise<Group> {
  const [group] = await tx.query<Group>(
    `with root as (
       select coalesce(c.merged_into, c.id) as id from loyalty.customers c where c.org_id = $1 and c.id = $2
     ), own as materialized (
       select c.id from root join loyalty.customers c on c.org_id = $1 and (c.id = root.id or c.merged_into = root.id)
     )
     select array_agg(own.id) as "customerIds",
       array(select w.id from own o join loyalty.wallets w on w.org_id = $1 and w.customer_id = o.id) as "walletIds",
       array(select jsonb_build_object('kind', i.kind, 'provider', i.provider, 'value', i.value)
         from own o join loyalty.customer_identities i on i.org_id = $1 and i.customer_id = o.id) as identities,
       (select g.country from identity.organizations g where g.id = $1) as country,
       array(select t.provider || ' ' || t.provider_transaction_id from own o join loyalty.transactions t
         on t.org_id = $1 and (t.customer_id = o.id or t.linked_customer_id = o.id)) as sales
     from own having count(*) > 0`,
    [tx.orgId, customerId],
  );
  if (!group) throw new AppError('not_found', 'No such object.');
  return group;
}

interface HeldRow {
  section: number;
  key: string;
  record: { payload?: Json; body?: Json };
  /** Null for what is theirs for certain. */
  provider: string | null;
}

/** Few of those that may name somebody do not. */
const readAhead = 20;

async function readHeld(
  tx: TenantTransaction,
  { customerIds, walletIds, sales }: Group,
  subject: Subject,
  { limit, after }: { limit: number; after: Position },
): Promise<HeldRow[]> {
  const held: HeldRow[] = [];
  for (let position = after; held.length < limit; ) {
    const rows = await tx.query<HeldRow>(
      `select section, key, record, provider from (${sections}) held
       where (section, key) > ($7::int, $8::text collate "C") order by section, key limit $9`,
      [tx.orgId, customerIds, walletIds, subject.texts, sales, subject.digits, ...position, limit + readAhead],
    );
    held.push(
      ...rows.filter(
        ({ provider, record }) => provider === null || isNamedIn(subject, provider, record.payload ?? record.body),
      ),
    );
    const last = rows.at(-1);
    if (rows.length < limit + readAhead || last === undefined) break;
    position = [last.section, last.key];
  }
  return held.slice(0, limit);
}

const camelCased = (record: object) =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()), value]),
  );
