import type { ContentFault, Fault } from '../kernel/faults.ts';
import type { ListQuery } from './list-query.ts';
import type { Organisation } from './organisation.ts';
import { type ResourceName, type RowOf, resources } from './resources.ts';
import type { StoredRow } from './row-store.ts';
import { selectRows } from './select-rows.ts';

export interface ListAnswer {
  readonly rows: readonly object[];
  readonly itemCount: number;
  /** Null when no page was asked for. */
  readonly pagination: { page: number; pageSize: number; pageCount: number; itemCount: number } | null;
}

/** How many rows change under a walk, for each page it takes. */
const shiftedRows = 3;

/** One page of a list, or all of it when no page is asked for. */
export function answerList(
  organisation: Organisation,
  resource: ResourceName,
  query: ListQuery,
  fault: Fault<ContentFault> | null,
): ListAnswer {
  const selection = selectRows(organisation.rows(resource), query, seenUntil(organisation, fault));
  const { itemCount } = selection;
  const { pageSize, page } = query;
  const isLooping = fault?.kind === 'cursor_loop';
  const shownPage = Math.max(1, (page ?? 1) - (isLooping ? 1 : 0));
  const found = page === null ? selection.slice(0, itemCount) : selection.slice((shownPage - 1) * pageSize, pageSize);
  const repeated = fault?.kind === 'repeated_row' ? [...found, ...found.slice(0, 1)] : found;
  const wire = repeated.map((row) => organisation.toWire(resource, row, page !== null));
  const rows = fault?.kind === 'wrong_currency' ? wire.map(withWrongCurrency) : wire;
  if (fault?.kind === 'shifting_page') shift(organisation, resource, found);
  const pageCount = isLooping && page !== null ? page + 1 : Math.ceil(itemCount / pageSize);
  return { rows, itemCount, pagination: page === null ? null : { page, pageSize, pageCount, itemCount } };
}

/** The last millisecond whose changes are there to be read. */
export function seenUntil({ now }: Organisation, fault: Fault<ContentFault> | null): number {
  return fault?.kind === 'stale' ? now().getTime() - fault.seconds * 1000 : Number.POSITIVE_INFINITY;
}

/** Amounts in a currency that the organisation does not have. */
export function withWrongCurrency<Row extends RowOf[ResourceName]>(row: Row): Row {
  const replace = (part: object) =>
    'CurrencyCode' in part ? { ...part, CurrencyCode: part.CurrencyCode === 'SEK' ? 'NOK' : 'SEK' } : part;
  const { Invoice } = row as { Invoice?: object };
  return { ...replace(row), ...(Invoice !== undefined && { Invoice: replace(Invoice) }) } as Row;
}

/** Rows of the page just answered change: those after it move up, and the next page begins too late. */
function shift(organisation: Organisation, resource: ResourceName, found: readonly StoredRow[]): void {
  for (const { id } of found.slice(0, shiftedRows)) organisation.save(resource, { [resources[resource].idField]: id });
}
