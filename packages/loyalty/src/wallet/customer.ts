import { maskEmail, maskMobile } from '@tributary/core/contact';
import { idPattern, showId } from '@tributary/core/ids';
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import * as z from 'zod';
import type { Identity } from '../customer/identity.ts';

/** A customer's id as a filter: one that names nobody finds nothing, a malformed one is the caller's mistake. */
export const customerId = z.string().regex(idPattern('customer'), 'must be the id of a customer');

const identity = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('external'),
    provider: z.string(),
    value: z.string().describe('The id at the provider.'),
  }),
  z.strictObject({ kind: z.literal('email'), value: z.string().describe('Masked: `a•••@example.com`.') }),
  z.strictObject({ kind: z.literal('mobile'), value: z.string().describe('Masked: `+1•••••0100`.') }),
]);

export const customer = z
  .strictObject({ id: z.string(), identities: z.array(identity).describe('By what the customer is known.') })
  .meta({ id: 'Customer', description: 'Who bought. Nothing by which to reach the person.' });

export type Customer = z.infer<typeof customer>;

/** A customer as `shownCustomer` selects it. */
export interface CustomerRow {
  id: string;
  identities: readonly Identity[];
}

/**
 * COALESCE for a join. Postgres does not know that COALESCE leaks nothing, so behind row-level security it reads the whole table
 * rather than ask an index for it; CASE it knows.
 */
export function firstOf(first: SQLWrapper, second: SQLWrapper): SQL {
  return sql`case when ${first} is not null then ${first} else ${second} end`;
}

/** Selects a customer in one column, null for none. One that was merged is shown as the one it turned out to be. */
export function shownCustomer<Row extends CustomerRow | null>(orgId: PgColumn, id: PgColumn | SQL): SQL<Row> {
  // Nested: of a select from one table Drizzle would drop the table's name, and the columns would be those of `c`.
  const [tenant, wanted] = [sql`${orgId}`, sql`${id}`];
  return sql<Row>`(
    select jsonb_build_object('id', known.id, 'identities', coalesce((
      select jsonb_agg(jsonb_build_object('kind', i.kind, 'provider', i.provider, 'value', i.value) order by i.kind, i.provider, i.value)
      from loyalty.customer_identities i where i.org_id = ${tenant} and i.customer_id = known.id
    ), '[]'))
    from (
      select ${firstOf(sql`c.merged_into`, sql`c.id`)} as id from loyalty.customers c where c.org_id = ${tenant} and c.id = ${wanted}
    ) known)`;
}

export function serializeCustomer({ id, identities }: CustomerRow): Customer {
  return { id: showId('customer', id), identities: identities.map(serializeIdentity) };
}

function serializeIdentity({ kind, provider, value }: Identity): Customer['identities'][number] {
  if (kind === 'external') return { kind, provider, value };
  return { kind, value: kind === 'email' ? maskEmail(value) : maskMobile(value) };
}
