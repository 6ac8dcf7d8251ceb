import { contentHash, type Json } from '@tributary/core/canonical-json';
import type { PaymentFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { findErased, known } from '@tributary/privacy/erased';
import { forgetCustomer } from '@tributary/privacy/forget-customer';
import { idName, type Name, namesIn } from '@tributary/privacy/names';
import type { TwinPart } from '@tributary/privacy/sweep-twins';

interface StoredSale extends PaymentFact {
  id: string;
}

interface Which {
  /** SQL over `t`, a sale, with parameters from $4. */
  where: string;
  values: readonly unknown[];
}

/** Sales that are gone through at once. */
const pageSize = 500;
const smallest = '00000000-0000-0000-0000-000000000000';

/**
 * Takes from sales whom they name, where that somebody was erased. The hash of a fact is that of the fact as it is kept from then on: told
 * again, it is no news. @returns how many were changed
 */
export async function eraseSales(tx: TenantTransaction, which: Which): Promise<number> {
  let changed = 0;
  let after = smallest;
  for (;;) {
    const sales = await readSales(tx, which, after);
    changed += await forgetSales(tx, sales);
    const last = sales.at(-1);
    if (sales.length < pageSize || last === undefined) return changed;
    after = last.id;
  }
}

const all: Which = { where: 'true', values: [] };

/** All sales that name somebody, a page at a time. */
export const keptSales: TwinPart = {
  readNames: async (tx, { from }, country) =>
    (await readSales(tx, all, from ?? smallest)).flatMap((sale) => namesOf(sale, country)),
  sweep: async (tx, { from }) => {
    const sales = await readSales(tx, all, from ?? smallest);
    await forgetSales(tx, sales);
    return sales.length < pageSize ? null : (sales.at(-1)?.id ?? null);
  },
};

async function readSales(tx: TenantTransaction, { where, values }: Which, after: string): Promise<StoredSale[]> {
  const sales = await tx.query<StoredSale>(
    `select t.id, 'payment' as kind, t.provider, t.provider_transaction_id as "externalId", t.status, t.amount_minor as "amountMinor",
       t.tip_minor as "tipMinor", t.tax_minor as "taxMinor", t.refunded_minor as "refundedMinor", t.currency,
       t.customer_ref as customer, t.line_items as "lineItems", t.transaction_at as "takenAt", t.provider_version as version
     from loyalty.transactions t where t.org_id = $1 and t.id > $2 and t.customer_ref is not null and (${where})
     order by t.id limit $3`,
    [tx.orgId, after, pageSize, ...values],
  );
  return sales;
}

async function forgetSales(tx: TenantTransaction, sales: readonly StoredSale[]): Promise<number> {
  const { country } = await known(tx);
  const erased = await findErased(
    tx,
    sales.flatMap((sale) => namesOf(sale, country)),
  );
  const forgotten = sales.flatMap((sale) => {
    const fact = forgetCustomer(sale, erased, country);
    return fact === sale ? [] : [fact as StoredSale];
  });
  if (forgotten.length === 0) return 0;
  await tx.query(
    `update loyalty.transactions t set customer_ref = f.customer_ref, contact_email = null, contact_mobile = null, content_hash = f.content_hash
     from unnest($2::uuid[], $3::jsonb[], $4::bytea[]) as f (id, customer_ref, content_hash) where t.org_id = $1 and t.id = f.id`,
    [
      tx.orgId,
      forgotten.map(({ id }) => id),
      forgotten.map(({ customer }) => (customer === null ? null : JSON.stringify(customer))),
      forgotten.map(({ id: _, ...fact }) => contentHash(JSON.parse(JSON.stringify(fact)) as Json)),
    ],
  );
  return forgotten.length;
}

const namesOf = ({ provider, externalId, customer }: StoredSale, country: string): Name[] => [
  idName(provider, externalId),
  ...Object.values((customer ?? {}) as Record<string, string>).flatMap((text) => namesIn(text, provider, country)),
];
