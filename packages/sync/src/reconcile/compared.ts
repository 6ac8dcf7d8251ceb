import type { ObjectRef, Span } from '@tributary/core/day-source';
import type { Fact, ObjectFact, PaymentFact, RefundFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';

/** What of a fact must agree between a provider and us. A fact is one. */
export type Compared =
  | Pick<
      PaymentFact,
      'kind' | 'externalId' | 'status' | 'amountMinor' | 'tipMinor' | 'refundedMinor' | 'currency' | 'version'
    >
  | Pick<RefundFact, 'kind' | 'externalId' | 'paymentExternalId' | 'status' | 'amountMinor' | 'currency' | 'version'>
  | Pick<ObjectFact, 'kind' | 'resource' | 'externalId' | 'removed' | 'version'>;

/** Points of a sale. */
export interface SalePoints {
  /** What it should have moved in all. */
  due: number;
  /** What the ledger says it has. */
  posted: number;
  /** True also when what two wallets are short of cancels out. */
  differ: boolean;
}

export interface Held {
  compared: Compared;
  /** Null for what earns nothing. */
  points: SalePoints | null;
}

/** What a domain holds of a provider. The composition root hands one in per provider: the spine imports no domain. */
export type ReadHeld = (
  tx: TenantTransaction,
  wanted: {
    connectionId: string;
    provider: string;
    /** All that belongs to it, … */
    span: Span;
    /** … and these, whenever they were. */
    refs: readonly ObjectRef[];
  },
) => Promise<Held[]>;

export function isCompared(fact: Fact): fact is Extract<Fact, { kind: Compared['kind'] }> {
  return fact.kind !== 'revocation';
}

const resources = { payment: 'payments', refund: 'refunds' } as const;

export function refOf(compared: Compared): ObjectRef {
  const { kind, externalId } = compared;
  if (kind === 'object') return { resource: compared.resource, externalId, parentId: null };
  return { resource: resources[kind], externalId, parentId: kind === 'refund' ? compared.paymentExternalId : null };
}

export const keyOf = ({ resource, externalId }: Pick<ObjectRef, 'resource' | 'externalId'>) =>
  `${resource} ${externalId}`;

/** All that must be equal in one version, as text. Of an object only whether it is there: lists tell less of it than it has. */
export function contentOf(compared: Compared): string {
  if (compared.kind === 'object') return String(compared.removed);
  const { status, amountMinor, currency } = compared;
  const rest = compared.kind === 'payment' ? [compared.tipMinor, compared.refundedMinor] : [compared.paymentExternalId];
  return JSON.stringify([status, amountMinor, currency, ...rest]);
}

/** What was paid or given back, tip included, in minor units; null for what is no money. */
export function minorOf(compared: Compared): number | null {
  if (compared.kind === 'object') return null;
  return compared.amountMinor + (compared.kind === 'payment' ? compared.tipMinor : 0);
}

export interface Total {
  count: number;
  /** Of completed payments, tip included, in minor units. */
  amountMinor: number;
  /** What of these was given back. */
  refundedMinor: number;
}

/** By currency the completed payments; by kind the objects of a provider without money. */
export function totalsOf(all: readonly Compared[]): Record<string, Total> {
  const totals: Record<string, Total> = {};
  for (const one of all) {
    if (one.kind === 'refund' || (one.kind === 'payment' && one.status !== 'completed')) continue;
    const measure = one.kind === 'payment' ? one.currency : one.resource;
    const { count, amountMinor, refundedMinor } = totals[measure] ?? { count: 0, amountMinor: 0, refundedMinor: 0 };
    totals[measure] = {
      count: count + 1,
      amountMinor: amountMinor + (minorOf(one) ?? 0),
      refundedMinor: refundedMinor + (one.kind === 'payment' ? one.refundedMinor : 0),
    };
  }
  return totals;
}
