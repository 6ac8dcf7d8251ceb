import type { WalkPosition } from '@tributary/core/pull-source';
import { describe, expect, it } from 'vitest';
import { MovingList, type MovingListOptions } from './moving-list.fixture.ts';
import { afterPage, beginWalk, type Progress } from './walk.ts';

const never: Progress = { watermark: null, position: null, highest: null, walkBeganAt: null };
const minute = 60_000;
const harsh = { pageSize: 500, step: 250, skewMs: minute, lagMs: 10_000, changesPerPage: 40, pageMs: 200 };

/** What a walker stores: the newest version of each row it was shown, by its number. */
type Stored = Float64Array;

const keep = (stored: Stored, rows: readonly { id: string; version: Date }[]) => {
  for (const { id, version } of rows) {
    const row = Number(id);
    stored[row] = Math.max(stored[row] ?? 0, version.getTime());
  }
};

const missed = (list: MovingList, stored: Stored) =>
  list.versions.filter((version, id) => stored[id] !== version).length;

interface Walk {
  clockMs: number;
  overlapMs: number;
  still: boolean;
}

/** One walk from where the list stands to its end. Our clock is off from the provider's by `clockMs`. */
function walkOnce(list: MovingList, stored: Stored, progress: Progress, { clockMs, overlapMs, still }: Walk): Progress {
  const now = new Date(list.nowMs + clockMs);
  let walking: Progress = beginWalk(progress, { overlapMs, beginning: new Date(0), now });
  for (let { position } = walking; position !== null; { position } = walking) {
    const page = list.page(position, { still });
    keep(stored, page.objects);
    walking = afterPage({ ...walking, position }, page);
  }
  return walking;
}

/** Page after page, by number: what lists with `page` or `offset` invite to. */
function walkByNumber(list: MovingList, stored: Stored, from: string, still = false): void {
  let position: WalkPosition | null = { from, place: null };
  while (position !== null) {
    const page = list.page(position, { still });
    keep(stored, page.objects);
    position = page.place === null ? null : { from, place: page.place };
  }
}

/** Walks three times, a quarter of an hour apart, while rows change; then once more when nothing does. */
function history(options: MovingListOptions, overlapMs: number) {
  const clockMs = ((options.seed % 3) - 1) * minute;
  const list = new MovingList(options);
  const stored: Stored = new Float64Array(options.rows);
  let progress = never;
  for (let walk = 0; walk < 3; walk += 1) {
    progress = walkOnce(list, stored, progress, { clockMs, overlapMs, still: false });
    list.pass(13 * minute, 50);
  }
  list.pass(minute, 0);
  walkOnce(list, stored, progress, { clockMs, overlapMs, still: true });
  return missed(list, stored);
}

function historyByNumber(options: MovingListOptions) {
  const list = new MovingList(options);
  const stored: Stored = new Float64Array(options.rows);
  let began = new Date(0);
  for (let walk = 0; walk < 3; walk += 1) {
    const next = new Date(list.nowMs);
    walkByNumber(list, stored, began.toISOString());
    began = next;
    list.pass(13 * minute, 50);
  }
  list.pass(minute, 0);
  walkByNumber(list, stored, began.toISOString(), true);
  return missed(list, stored);
}

const seeds = Array.from({ length: 200 }, (_, seed) => seed + 1);

describe('a walk by time of change', () => {
  const small = 5_000;

  it('loses nothing of 100,000 rows over 200 seeds while they change, share a time, are listed late and stamped by clocks a minute off', {
    timeout: 120_000,
  }, () => {
    const losses = seeds.map((seed) => history({ ...harsh, seed, rows: 100_000 }, 3 * minute));
    expect(losses.filter((lost) => lost > 0)).toEqual([]);
  });

  it('where a walk by page number loses rows in most', { timeout: 60_000 }, () => {
    const losses = seeds.map((seed) => historyByNumber({ ...harsh, step: harsh.pageSize, seed, rows: small }));
    expect(losses.filter((lost) => lost > 0).length).toBeGreaterThan(seeds.length / 2);
  });

  it('loses rows of one instant that fills pages when the place within it goes on by whole pages', {
    timeout: 60_000,
  }, () => {
    const small = { ...harsh, pageSize: 100, step: 100, rows: 40_000 };
    const losses = seeds.slice(0, 10).map((seed) => history({ ...small, seed }, 3 * minute));
    expect(losses.filter((lost) => lost > 0).length).toBeGreaterThan(0);
  });

  it('loses rows when it reaches back for less than the provider and its clocks are late', { timeout: 60_000 }, () => {
    const losses = seeds.map((seed) => history({ ...harsh, seed, rows: small }, 0));
    expect(losses.filter((lost) => lost > 0).length).toBeGreaterThan(0);
  });
});
