import type { PaymentFact, ProviderName, RefundFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { isDue, outstandingPoints } from '../transaction/compute-rewards.ts';
import { readSales, type SaleState } from '../transaction/sale-state.ts';

/** A payment or refund as far as it can be compared with what its provider says, and the points of a sale. */
type HeldSale =
  | { compared: HeldPayment; points: { due: number; posted: number; differ: boolean } }
  | { compared: HeldRefund; points: null };

type HeldPayment = Pick<
  PaymentFact,
  'kind' | 'externalId' | 'status' | 'amountMinor' | 'tipMinor' | 'refundedMinor' | 'currency' | 'version'
>;
type HeldRefund = Pick<
  RefundFact,
  'kind' | 'externalId' | 'paymentExternalId' | 'status' | 'amountMinor' | 'currency' | 'version'
>;

interface Wanted {
  provider: string;
  span: { from: Date; to: Date };
  refs: readonly { resource: string; externalId: string }[];
}

/**
 * Sales of a span by when they were paid, and those payments and refunds that are named, whenever they were. Refunds of a sale count in
 * it; which day a refund was made is not kept.
 */
export async function readHeldSales(tx: TenantTransaction, { provider, span, refs }: Wanted): Promise<HeldSale[]> {
  const idsOf = (wanted: string) =>
    refs.flatMap(({ resource, externalId }) => (resource === wanted ? [externalId] : []));
  const payments = await readPayments(tx, provider, span, idsOf('payments'));
  const points = await readPoints(
    tx,
    provider,
    payments.map(({ externalId }) => externalId),
  );
  const refunds = await tx.query<Omit<HeldRefund, 'kind'>>(
    `select provider_refund_id as "externalId", provider_transaction_id as "paymentExternalId", status, amount_minor as "amountMinor",
       currency, provider_version as version
     from loyalty.refunds where org_id = $1 and provider = $2 and provider_refund_id = any ($3)`,
    [tx.orgId, provider, idsOf('refunds')],
  );
  const noPoints = { due: 0, posted: 0, differ: false };
  return [
    ...payments.map((payment) => ({
      compared: { kind: 'payment' as const, ...payment },
      points: points.get(payment.externalId) ?? noPoints,
    })),
    ...refunds.map((refund) => ({ compared: { kind: 'refund' as const, ...refund }, points: null })),
  ];
}

/** What was refunded is the larger of the payment's own figure and its refunds', as for its points: either may be the fresher one. */
function readPayments(tx: TenantTransaction, provider: string, { from, to }: Wanted['span'], ids: readonly string[]) {
  return tx.query<Omit<HeldPayment, 'kind'>>(
    `select t.provider_transaction_id as "externalId", t.status, t.amount_minor as "amountMinor", t.tip_minor as "tipMinor",
       greatest(t.refunded_minor, refund.amount) as "refundedMinor", t.currency, t.provider_version as version
     from (
       select id from loyalty.transactions
       where org_id = $1 and provider = $2 and transaction_at >= $3 and transaction_at < $4
       union
       select id from loyalty.transactions where org_id = $1 and provider = $2 and provider_transaction_id = any ($5)
     ) wanted
     join loyalty.transactions t on t.org_id = $1 and t.id = wanted.id
     cross join lateral (
       select coalesce(sum(r.amount_minor), 0)::bigint as amount from loyalty.refunds r
       where r.org_id = $1 and r.provider = t.provider and r.provider_transaction_id = t.provider_transaction_id and r.status = 'completed'
     ) refund`,
    [tx.orgId, provider, from, to, ids],
  );
}

/** Sales whose state is read at once. */
const salesAtATime = 500;

/** Of each sale, by the provider's id of its payment: what it should have moved, and what is in the ledger's entries. */
async function readPoints(tx: TenantTransaction, provider: string, externalIds: readonly string[]) {
  const points = new Map<string, { due: number; posted: number; differ: boolean }>();
  for (let next = 0; next < externalIds.length; next += salesAtATime) {
    const keys = externalIds
      .slice(next, next + salesAtATime)
      .map((externalId) => ({ provider: provider as ProviderName, externalId }));
    const posted = await readPosted(tx, provider, keys);
    const ids = new Map(posted.map(({ transactionId, externalId }) => [transactionId, externalId]));
    const inLedger = new Map(posted.map((sale) => [sale.transactionId, sale.posted]));
    for (const sale of await readSales(tx, keys)) {
      const externalId = ids.get(sale.transactionId) ?? '';
      points.set(externalId, pointsOf(sale, inLedger.get(sale.transactionId) ?? 0));
    }
  }
  return points;
}

function pointsOf(sale: SaleState, posted: number) {
  const decided = sale.posted.reduce((sum, { points }) => sum + points, 0);
  // Nothing moves on a frozen wallet, and what is due is made good later.
  const isFrozen = [sale.wallet, ...sale.posted.map(({ wallet }) => wallet)].some((one) => one?.status === 'frozen');
  const due = decided + (isFrozen ? 0 : outstandingPoints(sale));
  return { due, posted, differ: due !== posted || (!isFrozen && isDue(sale)) };
}

function readPosted(tx: TenantTransaction, provider: string, keys: readonly { externalId: string }[]) {
  return tx.query<{ transactionId: string; externalId: string; posted: number }>(
    `select t.id as "transactionId", t.provider_transaction_id as "externalId", coalesce(sum(e.amount), 0)::bigint as posted
     from loyalty.transactions t
     left join loyalty.reward_events r on r.org_id = $1 and r.transaction_id = t.id and r.kind in ('earn', 'clawback')
     left join ledger.entries e on e.org_id = $1 and e.posting_id = r.posting_id
     where t.org_id = $1 and t.provider = $2 and t.provider_transaction_id = any ($3)
     group by t.org_id, t.id`,
    [tx.orgId, provider, keys.map(({ externalId }) => externalId)],
  );
}
