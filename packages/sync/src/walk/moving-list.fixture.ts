import type { Page, WalkPosition } from '@tributary/core/pull-source';

export interface MovingListOptions {
  seed: number;
  rows: number;
  pageSize: number;
  /** By how many rows the place in the list goes on with a page. */
  step: number;
  /** Every machine of the provider is off by up to this much, in milliseconds. */
  skewMs: number;
  /** A change is listed after at most this long, in milliseconds; until then the row is listed as it was. */
  lagMs: number;
  /** Rows changed while one page is read. */
  changesPerPage: number;
  /** How long reading a page takes, in milliseconds. */
  pageMs: number;
}

/** A small deterministic generator (mulberry32): a seed is a history. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const epoch = Date.UTC(2026, 0, 1);

interface Key {
  id: number;
  version: number;
}

interface Row extends Key {
  /** As it is listed; made once, since a row of the past is listed in every history. */
  object: Page['objects'][number];
}

const toRow = (id: number, version: number): Row => ({
  id,
  version,
  object: { id: String(id), version: new Date(version) },
});

const byVersion = (a: Key, b: Key) => a.version - b.version || a.id - b.id;

/** The first row that is not before this one. */
function placeOf(rows: readonly Row[], row: Key): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byVersion(rows[middle] as Row, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Past {
  /** In order. */
  rows: readonly Row[];
  /** By id. */
  versions: Float64Array;
}

const pasts = new Map<number, Past>();

/** So many rows as they were before anything moved. Whole seconds, as at Xero; a hundredth of all at one of them, as after an import. */
function pastOf(count: number): Past {
  const known = pasts.get(count);
  if (known !== undefined) return known;
  const random = randomOf(count);
  const rows = Array.from({ length: count }, (_, id) =>
    toRow(id, epoch + 1000 * (id % 100 === 0 ? 40_000 : Math.floor(random() * 86_400))),
  );
  const versions = Float64Array.from(rows, ({ version }) => version);
  const made = { rows: rows.sort(byVersion), versions };
  pasts.set(count, made);
  return made;
}

/**
 * A provider's list in memory, ordered by time of change, whose rows change while it is read. Many share one time, some pages are filled
 * by one, changes are listed late and stamped by clocks that disagree.
 */
export class MovingList {
  readonly #options: MovingListOptions;
  readonly #random: () => number;
  /** The newest version of each row, listed or not yet. */
  readonly versions: Float64Array;
  readonly #past: Past;
  readonly #listedVersion: Float64Array;
  /** Rows that moved since, in order; where they were before, they are passed over. */
  readonly #moved: Row[] = [];
  #waiting: (Key & { listedAt: number })[] = [];
  #lookedMs = 0;
  nowMs = epoch + 2 * 86_400_000;

  constructor(options: MovingListOptions) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    this.#past = pastOf(options.rows);
    this.versions = this.#past.versions.slice();
    this.#listedVersion = this.#past.versions.slice();
  }

  /** Lets time pass, and so many rows change meanwhile. */
  pass(ms: number, changes: number): void {
    const { rows, skewMs, lagMs } = this.#options;
    for (let made = 0; made < changes; made += 1) {
      const at = this.nowMs + this.#random() * ms;
      const id = Math.floor(this.#random() * rows);
      const stamped = Math.floor(at + (this.#random() * 2 - 1) * skewMs);
      // A row's own versions never go back: that is what makes them versions.
      const version = Math.max(stamped, (this.versions[id] ?? 0) + 1);
      this.versions[id] = version;
      this.#waiting.push({ id, version, listedAt: at + this.#random() * lagMs });
    }
    this.nowMs += ms;
    if (this.nowMs - this.#lookedMs >= 1000) this.#listWhatIsDue();
  }

  /** A page at a position, as a provider with a filter by time and an offset behind it answers. */
  page({ from, place }: WalkPosition, { still = false } = {}): Page {
    const { pageSize, step, pageMs, changesPerPage } = this.#options;
    this.pass(pageMs, still ? 0 : changesPerPage);
    const offset = Number(place ?? 0);
    const rows = this.#listedFrom(Date.parse(from), offset + pageSize + 1);
    return {
      objects: rows.slice(offset, offset + pageSize).map(({ object }) => object),
      facts: [],
      place: rows.length > offset + pageSize ? String(offset + step) : null,
    };
  }

  #listedFrom(version: number, atMost: number): Row[] {
    const found: Row[] = [];
    const listed = this.#listedVersion;
    for (const rows of [this.#past.rows, this.#moved]) {
      for (let at = placeOf(rows, { id: -1, version }); at < rows.length && found.length < atMost; at += 1) {
        const row = rows[at] as Row;
        if (listed[row.id] === row.version) found.push(row);
      }
    }
    return found;
  }

  #listWhatIsDue(): void {
    this.#lookedMs = this.nowMs;
    const due = this.#waiting.filter(({ listedAt }) => listedAt <= this.nowMs);
    this.#waiting = this.#waiting.filter(({ listedAt }) => listedAt > this.nowMs);
    for (const { id, version } of due) {
      if (version <= (this.#listedVersion[id] ?? 0)) continue;
      this.#listedVersion[id] = version;
      // All that moves is later than the past, so the two need no merging.
      this.#moved.splice(placeOf(this.#moved, { id, version }), 0, toRow(id, version));
    }
  }
}
