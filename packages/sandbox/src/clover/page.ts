import type { ContentFault, Fault } from '../kernel/faults.ts';
import type { Kept, Shelf, TimeField } from './account.ts';
import type { ListQuery, Span } from './list-query.ts';

interface Listed extends Record<TimeField, number> {
  readonly id: string;
}

/** The faults that a list can do. */
export const listFaults = ['wrong_currency', 'cursor_loop', 'shifting_page', 'stale', 'repeated_row'] as const;

/** One page. `knownUntilMs`: what changed after is not there yet. */
export function pageOf<Kind extends Listed>(
  shelf: Shelf<Kind>,
  query: ListQuery,
  knownUntilMs: number,
  fault: Fault<ContentFault> | null,
): readonly Kind[] {
  const { field, isAscending } = query.order;
  const ordered = shelf.ordered[field];
  const span = query.spans[field];
  const start = span === undefined ? 0 : ordered.firstWhere(({ object }) => object[field] >= span.fromMs);
  const rows = ordered.all();
  const end = span === undefined ? rows.length : ordered.firstWhere(({ object }) => object[field] > span.toMs);
  const offset = fault?.kind === 'cursor_loop' ? Math.max(0, query.offset - query.limit) : query.offset;
  const accepts = acceptsBesides(shelf, query, field, knownUntilMs);
  const at = (position: number) => (isAscending ? start + position : end - 1 - position);
  const found = pick(rows, Math.max(0, end - start), at, accepts, offset, query.limit);
  const first = found[0];
  return fault?.kind === 'repeated_row' && first !== undefined ? [first, ...found] : found;
}

type Accepts<Kind extends Listed> = ((kept: Kept<Kind>) => boolean) | null;

/** What the order alone does not tell; null when that is nothing, so that no row has to be looked at. */
function acceptsBesides<Kind extends Listed>(
  shelf: Shelf<Kind>,
  query: ListQuery,
  ordered: TimeField,
  knownUntilMs: number,
): Accepts<Kind> {
  const other: TimeField = ordered === 'createdTime' ? 'modifiedTime' : 'createdTime';
  const { accepts, spans } = query;
  const span = spans[other] === undefined || holdsAll(shelf, other, spans[other]) ? null : spans[other];
  if (span === null && accepts === null && shelf.lastChangedAtMs() <= knownUntilMs) return null;
  return ({ object, changedAtMs }) =>
    changedAtMs <= knownUntilMs &&
    (span === null || (object[other] >= span.fromMs && object[other] <= span.toMs)) &&
    (accepts === null || accepts(object));
}

function holdsAll<Kind extends Listed>(shelf: Shelf<Kind>, field: TimeField, { fromMs, toMs }: Span): boolean {
  const rows = shelf.ordered[field].all();
  const [first, last] = [rows[0], rows.at(-1)];
  return first === undefined || last === undefined || (first.object[field] >= fromMs && last.object[field] <= toMs);
}

function pick<Kind extends Listed>(
  rows: readonly Kept<Kind>[],
  count: number,
  at: (position: number) => number,
  accepts: Accepts<Kind>,
  offset: number,
  limit: number,
): readonly Kind[] {
  const page: Kind[] = [];
  let toSkip = offset;
  for (let position = accepts === null ? offset : 0; position < count && page.length < limit; position += 1) {
    const kept = rows[at(position)] as Kept<Kind>;
    if (accepts === null) page.push(kept.object);
    else if (!accepts(kept)) continue;
    else if (toSkip > 0) toSkip -= 1;
    else page.push(kept.object);
  }
  return page;
}
