import { contentHash, type Json } from '@tributary/core/canonical-json';
import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import type { Buyer } from './resolve-customers.ts';

/** A fact with the hash that settles a tie: of two versions with one time, the same one wins whichever came first. */
interface Hashed<Fact> {
  fact: Fact;
  hash: Buffer;
}

/**
 * Keeps the newest version of each payment and refund. One statement per kind whatever the number; versions that are not newer
 * than what is stored write nothing. Answers how many were newer.
 */
export async function recordFacts(
  tx: TenantTransaction,
  buyers: ReadonlyMap<PaymentFact, Buyer>,
  payments: readonly PaymentFact[],
  refunds: readonly RefundFact[],
): Promise<number> {
  const newPayments = payments.length > 0 ? await recordPayments(tx, buyers, newest(payments)) : 0;
  const newRefunds = refunds.length > 0 ? await recordRefunds(tx, newest(refunds)) : 0;
  return newPayments + newRefunds;
}

function newest<Fact extends PaymentFact | RefundFact>(facts: readonly Fact[]): Hashed<Fact>[] {
  const byId = new Map<string, Hashed<Fact>>();
  for (const fact of facts) {
    const candidate = { fact, hash: contentHash(JSON.parse(JSON.stringify(fact)) as Json) };
    const id = `${fact.provider}:${fact.externalId}`;
    const known = byId.get(id);
    if (!known || isNewer(candidate, known)) byId.set(id, candidate);
  }
  // In id order, as every batch writes them: two batches that overlap wait for each other and never deadlock.
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, hashed]) => hashed);
}

function isNewer(a: Hashed<{ version: Date }>, b: Hashed<{ version: Date }>): boolean {
  const difference = a.fact.version.getTime() - b.fact.version.getTime();
  return difference === 0 ? Buffer.compare(a.hash, b.hash) > 0 : difference > 0;
}

async function recordPayments(
  tx: TenantTransaction,
  buyers: ReadonlyMap<PaymentFact, Buyer>,
  payments: readonly Hashed<PaymentFact>[],
): Promise<number> {
  const buyer = <Value>(read: (buyer: Buyer) => Value) =>
    payments.map(({ fact }) => read(buyers.get(fact) ?? { customerId: null, named: false, email: null, mobile: null }));
  const column = <Value>(read: (fact: PaymentFact) => Value) => payments.map(({ fact }) => read(fact));
  const written = await tx.query(
    `insert into loyalty.transactions as t (org_id, provider, provider_transaction_id, status, amount_minor, tip_minor,
       refunded_minor, currency, customer_id, customer_ref, line_items, transaction_at, provider_version, content_hash,
       tax_minor, contact_email, contact_mobile, linked_customer_id)
     select $1, p.* from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[],
       $9::uuid[], $10::jsonb[], $11::jsonb[], $12::timestamptz[], $13::timestamptz[], $14::bytea[], $15::bigint[], $16::text[],
       $17::text[], $18::uuid[]) as p
     on conflict (org_id, provider, provider_transaction_id) do update set
       status = excluded.status, amount_minor = excluded.amount_minor, tip_minor = excluded.tip_minor,
       refunded_minor = excluded.refunded_minor, currency = excluded.currency, customer_id = excluded.customer_id,
       customer_ref = excluded.customer_ref, line_items = excluded.line_items, transaction_at = excluded.transaction_at,
       provider_version = excluded.provider_version, content_hash = excluded.content_hash, tax_minor = excluded.tax_minor,
       contact_email = excluded.contact_email, contact_mobile = excluded.contact_mobile,
       linked_customer_id = coalesce(t.linked_customer_id, excluded.linked_customer_id), updated_at = now()
     where (excluded.provider_version, excluded.content_hash) > (t.provider_version, t.content_hash)
     returning 1`,
    [
      tx.orgId,
      column((fact) => fact.provider),
      column((fact) => fact.externalId),
      column((fact) => fact.status),
      column((fact) => fact.amountMinor),
      column((fact) => fact.tipMinor),
      column((fact) => fact.refundedMinor),
      column((fact) => fact.currency),
      buyer(({ customerId, named }) => (named ? customerId : null)),
      column((fact) => toJsonb(fact.customer)),
      column((fact) => toJsonb(fact.lineItems)),
      column((fact) => fact.takenAt),
      column((fact) => fact.version),
      payments.map(({ hash }) => hash),
      column((fact) => fact.taxMinor),
      buyer(({ email }) => email),
      buyer(({ mobile }) => mobile),
      buyer(({ customerId, named }) => (named ? null : customerId)),
    ],
  );
  return written.length;
}

async function recordRefunds(tx: TenantTransaction, refunds: readonly Hashed<RefundFact>[]): Promise<number> {
  const column = <Value>(read: (fact: RefundFact) => Value) => refunds.map(({ fact }) => read(fact));
  const written = await tx.query(
    `insert into loyalty.refunds as r (org_id, provider, provider_refund_id, provider_transaction_id, status, amount_minor,
       currency, provider_version, content_hash)
     select $1, f.* from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::timestamptz[],
       $9::bytea[]) as f
     on conflict (org_id, provider, provider_refund_id) do update set
       provider_transaction_id = excluded.provider_transaction_id, status = excluded.status, amount_minor = excluded.amount_minor,
       currency = excluded.currency, provider_version = excluded.provider_version, content_hash = excluded.content_hash
     where (excluded.provider_version, excluded.content_hash) > (r.provider_version, r.content_hash)
     returning 1`,
    [
      tx.orgId,
      column((fact) => fact.provider),
      column((fact) => fact.externalId),
      column((fact) => fact.paymentExternalId),
      column((fact) => fact.status),
      column((fact) => fact.amountMinor),
      column((fact) => fact.currency),
      column((fact) => fact.version),
      refunds.map(({ hash }) => hash),
    ],
  );
  return written.length;
}

const toJsonb = (value: unknown) => (value === null ? null : JSON.stringify(value));
