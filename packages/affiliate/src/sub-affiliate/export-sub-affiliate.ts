import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';

/** What is held of a sub-affiliate, in the order in which it is told. */
const kinds = ['subAffiliate', 'terms', 'traffic', 'invoice', 'entry', 'auditRecord'] as const;

export const heldOfSubAffiliate = z
  .strictObject({
    kind: z.enum(kinds),
    record: z.record(z.string(), z.json()).describe('The row as it is kept; ids are UUIDs. New fields may come.'),
  })
  .meta({ id: 'HeldOfSubAffiliate', description: 'One thing that is held about a sub-affiliate.' });

type Held = z.infer<typeof heldOfSubAffiliate>;

/** Behind the item of that kind with that key. */
export const heldPosition = z.tuple([
  z
    .int()
    .min(0)
    .max(kinds.length - 1),
  z.string().max(80),
]);

type Position = z.output<typeof heldPosition>;

const exportSubAffiliateInput = z.strictObject({
  subAffiliateId: z.string(),
  limit: z.int().positive(),
  after: heldPosition.optional(),
});

type HeldRow = { section: number; key: string; record: Held['record'] };

/**
 * All that is held about a sub-affiliate, one item after the other: at most `limit`, each with the position a next page continues from.
 * What networks count of their traffic is the organization's. @throws AppError `not_found`
 */
export const exportSubAffiliate = verb(
  exportSubAffiliateInput,
  async (context: TenantContext, { subAffiliateId, limit, after }): Promise<{ item: Held; position: Position }[]> => {
    const id = readId('subAffiliate', subAffiliateId);
    const [section, key] = after ?? [-1, ''];
    const { rows } = await readTenant(context, (reader) =>
      reader.execute<HeldRow>(
        sql`select section, key, record from (${sectionsOf(context.orgId, id)}) held
          where (section, key) > (${section}::int, ${key} collate "C") order by section, key limit ${limit}`,
      ),
    );
    if (rows.length === 0 && after === undefined) throw new AppError('not_found', 'No such object.');
    return rows.map((row) => ({
      item: { kind: kinds[row.section] as Held['kind'], record: camelCased(row.record) },
      position: [row.section, row.key],
    }));
  },
);

interface Section {
  /** Names a row, and sorts the rows. */
  key: SQL;
  record: SQL;
  from: SQL;
}

/** All as one relation `(section, key, record)`. */
function sectionsOf(orgId: string, id: string): SQL {
  const queries = held(orgId, id);
  const selects = kinds.map((kind, section) => {
    const { key, record, from } = queries[kind];
    return sql`select ${sql.raw(String(section))} as section, (${key}) collate "C" as key, (${record}) - 'org_id' as record from ${from}`;
  });
  return sql.join(selects, sql` union all `);
}

const held = (orgId: string, id: string): Readonly<Record<(typeof kinds)[number], Section>> => ({
  subAffiliate: {
    key: sql`r.id::text`,
    record: sql`to_jsonb(r)`,
    from: sql`affiliate.sub_affiliates r where r.org_id = ${orgId} and r.id = ${id}`,
  },
  terms: {
    key: sql`lpad(r.version::text, 10, '0')`,
    record: sql`to_jsonb(r)`,
    from: sql`affiliate.sub_affiliate_terms r where r.org_id = ${orgId} and r.sub_affiliate_id = ${id}`,
  },
  traffic: {
    key: sql`r.id::text`,
    record: sql`to_jsonb(r)`,
    from: sql`affiliate.sub_affiliate_traffic r where r.org_id = ${orgId} and r.sub_affiliate_id = ${id}`,
  },
  invoice: {
    key: sql`r.id::text`,
    record: sql`to_jsonb(r) || jsonb_build_object('lines', coalesce((
      select jsonb_agg(to_jsonb(l) - 'org_id' - 'invoice_id' order by l.position)
      from affiliate.invoice_lines l where l.org_id = ${orgId} and l.invoice_id = r.id), '[]'))`,
    from: sql`affiliate.invoices r where r.org_id = ${orgId} and r.sub_affiliate_id = ${id}`,
  },
  entry: {
    key: sql`r.account_id::text || lpad(r.version::text, 19, '0')`,
    record: sql`to_jsonb(r) || jsonb_build_object('kind', p.kind, 'effective_at', p.effective_at, 'unit', a.unit)`,
    // As issuing opens it (`invoiceAccounts`): one account for each currency they were invoiced in.
    from: sql`(select distinct currency from affiliate.invoices where org_id = ${orgId} and sub_affiliate_id = ${id}) i
      cross join lateral (select * from ledger.accounts
        where org_id = ${orgId} and code = 'affiliate:payable:' || ${id}::text || ':' || i.currency limit 1) a
      join ledger.entries r on r.org_id = ${orgId} and r.account_id = a.id
      join ledger.postings p on p.org_id = ${orgId} and p.id = r.posting_id`,
  },
  auditRecord: {
    key: sql`r.id::text`,
    record: sql`to_jsonb(r) - 'ip' - 'user_agent'`,
    from: sql`(
        select a.* from audit.records a where a.org_id = ${orgId} and a.target_type = 'subAffiliate' and a.target_id = ${id}
        union all select a.* from affiliate.invoices i
          join audit.records a on a.org_id = ${orgId} and a.target_type = 'invoice' and a.target_id = i.id
          where i.org_id = ${orgId} and i.sub_affiliate_id = ${id}
      ) r`,
  },
});

/** Lines of an invoice too. */
function camelCased<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(camelCased) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const named = Object.entries(value).map(([name, member]) => [
    name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()),
    camelCased(member),
  ]);
  return Object.fromEntries(named);
}
