import type { Timeline } from './timeline.ts';

/** Time that stands still until it is told to move. */
export interface VirtualClock extends Timeline {
  /** Moves on, running on the way what falls due, in order of time and then of planning. `advance(0)` runs what is due now. */
  advance(milliseconds: number): Promise<void>;
  /** Moves to a time. To an earlier one it jumps, and nothing runs. */
  set(date: Date): Promise<void>;
  /** How much is still to happen. */
  waiting(): number;
}

interface Planned {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

/**
 * A clock that starts at `start`. While planned work runs, `now` is the time it was planned for, and what it plans itself
 * runs in the same move when it falls due in it. An error of planned work comes out of `advance`; the rest stays planned.
 */
export function createVirtualClock(start: Date): VirtualClock {
  let nowMs = start.getTime();
  let order = 0;
  let isMoving = false;
  const heap: Planned[] = [];

  const moveTo = async (targetMs: number) => {
    if (isMoving) throw new Error('The clock is moving already: planned work cannot move it.');
    isMoving = true;
    try {
      for (let next = heap[0]; next !== undefined && next.dueMs <= targetMs; next = heap[0]) {
        pop(heap);
        nowMs = Math.max(nowMs, next.dueMs);
        await next.run();
      }
      nowMs = targetMs;
    } finally {
      isMoving = false;
    }
  };

  return {
    now: () => new Date(nowMs),
    at: (when, run) => {
      order += 1;
      push(heap, { dueMs: when.getTime(), order, run });
    },
    advance: (milliseconds) => moveTo(nowMs + milliseconds),
    set: (date) => moveTo(date.getTime()),
    waiting: () => heap.length,
  };
}

function isBefore(one: Planned, other: Planned): boolean {
  return one.dueMs === other.dueMs ? one.order < other.order : one.dueMs < other.dueMs;
}

function push(heap: Planned[], planned: Planned): void {
  let hole = heap.length;
  heap.push(planned);
  while (hole > 0) {
    const above = (hole - 1) >> 1;
    const parent = heap[above] as Planned;
    if (!isBefore(planned, parent)) break;
    heap[hole] = parent;
    hole = above;
  }
  heap[hole] = planned;
}

function pop(heap: Planned[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let hole = 0;
  for (let below = 1; below < heap.length; below = 2 * hole + 1) {
    const right = heap[below + 1];
    if (right !== undefined && isBefore(right, heap[below] as Planned)) below += 1;
    const child = heap[below] as Planned;
    if (!isBefore(child, last)) break;
    heap[hole] = child;
    hole = below;
  }
  heap[hole] = last;
}
