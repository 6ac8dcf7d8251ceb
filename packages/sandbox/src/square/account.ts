import type { Random } from '../kernel/random.ts';
import type { Timeline } from '../kernel/timeline.ts';
import { type LocationInput, newLocation } from './objects.ts';
import type { OrderRecord } from './order.ts';
import { createRowList, type RowList, type RowListOptions } from './row-list.ts';
import type { SquareCustomer, SquareLocation, SquarePayment, SquareRefund } from './schemas.ts';

export interface MerchantInput {
  id?: string;
  name?: string;
  /** ISO 4217; USD unless told. */
  currency?: string;
  country?: string;
  /** The first is the main location. One unless told. */
  locations?: readonly LocationInput[];
}

export interface AccountContext {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly lists: RowListOptions;
  /** From the completion of a payment to its fee; null for never. */
  readonly processingFeeAfterMs: number | null;
  /** Tells the application: `name` is that of the object in the event. */
  notify(merchantId: string, type: string, name: string, id: string, object: object): void;
}

/** What Square keeps of a merchant. Objects are never changed: a new version takes the place of the old. */
export interface Account {
  readonly id: string;
  readonly currency: string;
  readonly context: AccountContext;
  readonly locations: Map<string, SquareLocation>;
  readonly customers: Map<string, SquareCustomer>;
  readonly orders: Map<string, OrderRecord>;
  readonly payments: Map<string, SquarePayment>;
  readonly refunds: Map<string, SquareRefund>;
  readonly lists: { readonly payments: RowList<SquarePayment>; readonly refunds: RowList<SquareRefund> };
  addLocation(input: LocationInput): SquareLocation;
}

const idAlphabet = 'ABCDEFGHJKMNPQRSTVWXYZ0123456789';

export function createAccount(input: MerchantInput, context: AccountContext): Account {
  const { random } = context;
  const about = {
    id: input.id ?? `M${random.text(12, idAlphabet)}`,
    name: input.name ?? 'Sandbox Coffee',
    currency: input.currency ?? 'USD',
    country: input.country ?? 'US',
  };
  const locations = new Map<string, SquareLocation>();
  const addLocation = (location: LocationInput) => {
    const added = newLocation(location, about, nowText(context), random);
    locations.set(added.id, added);
    return added;
  };
  for (const location of input.locations ?? [{ name: 'Main Street' }]) addLocation(location);
  if (locations.size === 0) throw new Error('A merchant has one location at least.');
  return {
    id: about.id,
    currency: about.currency,
    context,
    locations,
    addLocation,
    customers: new Map(),
    orders: new Map(),
    payments: new Map(),
    refunds: new Map(),
    lists: { payments: createRowList(context.lists), refunds: createRowList(context.lists) },
  };
}

export function nowText({ timeline }: Pick<AccountContext, 'timeline'>): string {
  return timeline.now().toISOString();
}

/** A version is later than the one before, also within one millisecond. */
export function nextVersionAt({ context }: Account, before: { readonly updated_at: string }): string {
  return new Date(Math.max(context.timeline.now().getTime(), Date.parse(before.updated_at) + 1)).toISOString();
}

/** @throws when there is none: a mistake of the test's. */
export function find<Item>(items: ReadonlyMap<string, Item>, id: string): Item {
  const item = items.get(id);
  if (item === undefined) throw new Error(`The merchant has no ${id}.`);
  return item;
}
