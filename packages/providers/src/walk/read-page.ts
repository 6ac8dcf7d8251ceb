import { ProviderError } from '@tributary/core/provider-error';
import { onward, type Place, readPlace, writePlace } from './place.ts';

/** An object in a list, and when it changed last. */
export interface WalkedRow {
  readonly id: string;
  readonly version: Date;
}

/** Where a list goes on: with the last `repeats` rows of this page. 0 where it cannot be asked to repeat any. */
export interface Next {
  readonly at: string;
  readonly repeats: number;
}

/** What one request for a list brought. */
export interface Listing<Row extends WalkedRow> {
  readonly rows: readonly Row[];
  /** Null at the end of the list. Finding the place may take a request of its own, which may find that the list has ended. */
  readonly next: (() => Next | null | Promise<Next | null>) | null;
}

/** One list of a provider from one instant on, in order of change. */
export interface ChangeList<Row extends WalkedRow> {
  /** For messages: `Square's payments`. */
  readonly name: string;
  /** From a place in it, null for its beginning. Answers null when the provider does not take that place any more. */
  read(at: string | null): Promise<Listing<Row> | null>;
  /** Whether a walk that has come so far may begin its next page there. */
  isBeyond(version: Date): boolean;
}

export interface WalkedPage<Row extends WalkedRow> {
  readonly rows: readonly Row[];
  /** For the next WalkPosition, whose `from` is the last row's time, or stays when that is not later. */
  readonly place: string | null;
}

const attempts = 3;

/**
 * A page that loses no row, whatever changes between two requests. A row that changes goes to the end of the list, and those after
 * it move up: a page number, an offset, or a cursor that is one in disguise then skips a row. So a page begins at a time, which
 * nothing moves; and where the rows of one instant fill pages, each page repeats some of the page before. When it does not, rows
 * have moved, and the instant is read again from its beginning.
 * @throws ProviderError `invalid_response` for a list that runs back in time or in circles
 */
export async function readPage<Row extends WalkedRow>(
  list: ChangeList<Row>,
  place: string | null,
): Promise<WalkedPage<Row>> {
  const here = readPlace(place);
  const listing = await readInOrder(list, here?.at ?? null);
  return listing !== null && follows(listing, here) ? toPage(list, listing, here) : readFromStart(list);
}

/** Two pages at once: the second shows whether the list can be walked at all. */
async function readFromStart<Row extends WalkedRow>(list: ChangeList<Row>): Promise<WalkedPage<Row>> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const beginning = await readInOrder(list, null);
    if (beginning === null) continue;
    const first = await toPage(list, beginning, null);
    const here = readPlace(first.place);
    if (here === null) return first;
    const listing = await readInOrder(list, here.at);
    if (listing === null || !follows(listing, here)) continue;
    const second = await toPage(list, listing, here);
    const isNew = (row: Row) => !here.seen.includes(keyOf(row));
    return { rows: [...first.rows, ...second.rows.filter(isNew)], place: second.place };
  }
  throw new ProviderError('invalid_response', `${list.name} do not go on where they were left`);
}

function follows<Row extends WalkedRow>({ rows, next }: Listing<Row>, here: Place | null): boolean {
  const seen = here?.seen ?? [];
  if (seen.length === 0) return true;
  const [first] = rows;
  const goesOn = next === null || rows.some((row) => !seen.includes(keyOf(row)));
  return first !== undefined && seen.includes(keyOf(first)) && goesOn;
}

async function toPage<Row extends WalkedRow>(
  list: ChangeList<Row>,
  { rows, next }: Listing<Row>,
  here: Place | null,
): Promise<WalkedPage<Row>> {
  const last = rows.at(-1);
  if (next === null) return { rows, place: null };
  if (last !== undefined && list.isBeyond(last.version)) return { rows, place: onward };
  const found = await next();
  if (found === null) return { rows, place: null };
  if (found.at === here?.at) throw new ProviderError('invalid_response', `${list.name} run in circles`);
  const seen = rows.slice(Math.max(0, rows.length - found.repeats)).map(keyOf);
  return { rows, place: writePlace({ at: found.at, seen }) };
}

/** A row told twice is one row. */
async function readInOrder<Row extends WalkedRow>(
  list: ChangeList<Row>,
  at: string | null,
): Promise<Listing<Row> | null> {
  const listing = await list.read(at);
  if (listing === null) return null;
  const { rows, next } = listing;
  const single = [...new Map(rows.map((row) => [keyOf(row), row])).values()];
  const isBackwards = single.some(({ version }, index) => version < (single[index - 1]?.version ?? version));
  if (isBackwards) throw new ProviderError('invalid_response', `${list.name} are not in order of change`);
  return { rows: single, next };
}

/** A row that changes is another one, at another place. */
function keyOf({ id, version }: WalkedRow): string {
  return `${version.getTime()} ${id}`;
}
