import { createSortedRows, type SortedRows } from '../kernel/sorted-rows.ts';
import type { SandboxOrder, SandboxPayment } from './objects.ts';

export type TimeField = 'createdTime' | 'modifiedTime';

interface Timed extends Record<TimeField, number> {
  readonly id: string;
}

/** An object and when it came to be as it is; of what was there from the start, before all time. */
export interface Kept<Kind extends Timed> {
  readonly object: Kind;
  readonly changedAtMs: number;
}

/** Objects of one kind by id, and in order of each time and then of id. */
export interface Shelf<Kind extends Timed> {
  readonly ordered: Readonly<Record<TimeField, SortedRows<Kept<Kind>>>>;
  get(id: string): Kind | undefined;
  /** Of whatever changed last. */
  lastChangedAtMs(): number;
  put(object: Kind, changedAtMs: number): void;
  /** @returns whether there was one. */
  remove(id: string): boolean;
}

/** What one merchant has. */
export interface Account {
  readonly payments: Shelf<SandboxPayment>;
  readonly orders: Shelf<SandboxOrder>;
  /** In the order in which they were first put. */
  paymentsOf(orderId: string): readonly SandboxPayment[];
}

export function createAccount(): Account {
  const paymentIds = new Map<string, Set<string>>();
  const shelf = createShelf<SandboxPayment>();
  const payments: Shelf<SandboxPayment> = {
    ...shelf,
    put: (payment, changedAtMs) => {
      const before = shelf.get(payment.id);
      if (before !== undefined && before.orderId !== payment.orderId) paymentIds.get(before.orderId)?.delete(before.id);
      const ids = paymentIds.get(payment.orderId) ?? new Set();
      paymentIds.set(payment.orderId, ids.add(payment.id));
      shelf.put(payment, changedAtMs);
    },
  };
  return {
    payments,
    orders: createShelf(),
    paymentsOf: (orderId) => [...(paymentIds.get(orderId) ?? [])].flatMap((paymentId) => payments.get(paymentId) ?? []),
  };
}

function createShelf<Kind extends Timed>(): Shelf<Kind> {
  const byId = new Map<string, Kept<Kind>>();
  let lastChangedAtMs = Number.NEGATIVE_INFINITY;
  const ordered = {
    createdTime: createSortedRows<Kept<Kind>>(by('createdTime')),
    modifiedTime: createSortedRows<Kept<Kind>>(by('modifiedTime')),
  };
  const takeOut = (kept: Kept<Kind>) => {
    for (const rows of Object.values(ordered)) rows.remove(kept);
  };
  return {
    ordered,
    get: (id) => byId.get(id)?.object,
    lastChangedAtMs: () => lastChangedAtMs,
    put: (object, changedAtMs) => {
      const before = byId.get(object.id);
      if (before !== undefined) takeOut(before);
      const kept = { object, changedAtMs };
      byId.set(object.id, kept);
      lastChangedAtMs = Math.max(lastChangedAtMs, changedAtMs);
      for (const rows of Object.values(ordered)) rows.add(kept);
    },
    remove: (id) => {
      const kept = byId.get(id);
      if (kept !== undefined) takeOut(kept);
      return byId.delete(id);
    },
  };
}

function by(field: TimeField) {
  return <Kind extends Timed>({ object: one }: Kept<Kind>, { object: other }: Kept<Kind>): number => {
    if (one[field] !== other[field]) return one[field] - other[field];
    if (one.id === other.id) return 0;
    return one.id < other.id ? -1 : 1;
  };
}
