import type { Random } from '../kernel/random.ts';
import type { Clock } from '../kernel/timeline.ts';
import { type ResourceName, type RowOf, resourceNames, resources } from './resources.ts';
import { createRowStore, type RowStore, type StoredRow } from './row-store.ts';
import { toWireDate, toWireInstant } from './wire-dates.ts';

export interface OrganisationOptions {
  /** The tenant id; drawn from the seed unless told. */
  readonly id?: string;
  readonly name: string;
  /** NZD unless told. */
  readonly baseCurrency?: string;
  /** NZ unless told. */
  readonly countryCode?: string;
}

/** A row that came into being, changed or was removed. */
export interface Change {
  readonly organisation: Organisation;
  readonly resource: ResourceName;
  readonly kind: 'CREATE' | 'UPDATE';
  readonly row: StoredRow;
}

export interface SaveOptions {
  /** Its UpdatedDateUTC; now unless told. */
  readonly updatedAt?: Date;
  /** False for what happened before the app was connected: no webhook tells of it. */
  readonly isAnnounced?: boolean;
}

/** The books of one tenant. */
export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly baseCurrency: string;
  readonly countryCode: string;
  readonly random: Random;
  readonly now: Clock;
  /** Creates a row, or changes the one whose id is given: fields that are not named stay. Answers its id. */
  save<Name extends ResourceName>(resource: Name, fields: Partial<RowOf[Name]>, options?: SaveOptions): string;
  /** As a merchant deletes, voids or archives. Refuses what Xero would not let go. */
  remove(resource: ResourceName, id: string): void;
  /** As it would be answered, with all details. */
  read<Name extends ResourceName>(resource: Name, id: string): RowOf[Name];
  rows(resource: ResourceName): RowStore;
  toWire<Name extends ResourceName>(resource: Name, row: StoredRow, isDetailed: boolean): RowOf[Name];
}

export function createOrganisation(
  { id, name, baseCurrency = 'NZD', countryCode = 'NZ' }: OrganisationOptions,
  { random, now, onChange }: { random: Random; now: Clock; onChange: (change: Change) => void },
): Organisation {
  const stores = Object.fromEntries(
    resourceNames.map((resource) => [resource, createRowStore(resources[resource].hidesArchived)]),
  ) as Record<ResourceName, RowStore>;
  const find = (resource: ResourceName, rowId: string) => {
    const row = stores[resource].get(rowId);
    if (row === undefined) throw new Error(`${name} has no ${rowId} among its ${resource}.`);
    return row;
  };
  const organisation: Organisation = {
    id: id ?? random.uuid(),
    name,
    baseCurrency,
    countryCode,
    random,
    now,
    save: (resource, fields, { updatedAt = now(), isAnnounced = true } = {}) => {
      const { idField, statusField } = resources[resource];
      const rowId = (fields[idField] as string | undefined)?.toLowerCase() ?? random.uuid();
      const before = stores[resource].get(rowId);
      const merged = { ...before?.fields, ...fields, [idField]: rowId };
      const isArchived = merged[statusField] === 'ARCHIVED';
      const row = { id: rowId, updatedMs: updatedAt.getTime(), isArchived, fields: merged };
      stores[resource].put(row);
      if (isAnnounced) onChange({ organisation, resource, kind: before === undefined ? 'CREATE' : 'UPDATE', row });
      return rowId;
    },
    remove: (resource, rowId) => {
      const { idField, statusField, removal, defaults } = resources[resource];
      const status = String(find(resource, rowId).fields[statusField] ?? defaults[statusField]);
      const removed = removal[status];
      if (removed === undefined) throw new Error(`What is ${status} among ${resource} cannot be removed.`);
      organisation.save(resource, { [idField]: rowId, [statusField]: removed });
    },
    read: (resource, rowId) => toWire(resource, find(resource, rowId), true),
    rows: (resource) => stores[resource],
    toWire,
  };
  return organisation;
}

function toWire<Name extends ResourceName>(name: Name, row: StoredRow, isDetailed: boolean): RowOf[Name] {
  const { idField, defaults, saysInstant } = resources[name];
  return {
    [idField]: row.id,
    ...defaults,
    ...row.fields,
    ...(!isDetailed && 'LineItems' in defaults && { LineItems: [] }),
    UpdatedDateUTC: toWireDate(row.updatedMs),
    ...(saysInstant && { UpdatedDateUTCString: toWireInstant(row.updatedMs) }),
  } as unknown as RowOf[Name];
}
