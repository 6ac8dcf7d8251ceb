import type { Page, WalkPosition } from '@tributary/core/pull-source';

/** How far a list has been walked. */
export interface Progress {
  /** By the provider's clock: all that changed before is stored. Null before the first walk has ended. */
  watermark: Date | null;
  /** Where the next page of a walk under way begins. */
  position: WalkPosition | null;
  /** The latest change that walk has seen. */
  highest: Date | null;
  /** When that walk began, by our clock. */
  walkBeganAt: Date | null;
}

/**
 * Goes on with the walk under way, or begins one, reaching back behind the watermark.
 * @param overlapMs how long after a change the provider may still not list it, with room for its clocks and ours
 * @param beginning where a list that was never walked begins
 */
export function beginWalk(
  progress: Progress,
  { overlapMs, beginning, now }: { overlapMs: number; beginning: Date; now: Date },
): Progress & { position: WalkPosition } {
  const { position, watermark } = progress;
  // A place in a list is forgotten by providers within minutes, the time of a change is not.
  if (position !== null) return { ...progress, position: { from: position.from, place: null } };
  const from = watermark === null ? beginning : new Date(watermark.getTime() - overlapMs);
  return { ...progress, position: { from: from.toISOString(), place: null }, highest: null, walkBeganAt: now };
}

/** Where the list stands after the page that was read at `progress.position`. */
export function afterPage(progress: Progress & { position: WalkPosition }, page: Page): Progress {
  const highest = highestOf(page, progress.highest);
  const position = nextPosition(progress.position, page);
  if (position !== null) return { ...progress, position, highest };
  return { watermark: later(progress.watermark, reached(highest, progress.walkBeganAt)), ...noWalk };
}

function highestOf({ objects }: Page, before: Date | null): Date | null {
  if (objects.length === 0) return before;
  // In milliseconds: comparing dates takes most of a walk's own time.
  const highestMs = objects.reduce(
    (latestMs, { version }) => Math.max(latestMs, version.getTime()),
    before?.getTime() ?? Number.NEGATIVE_INFINITY,
  );
  return new Date(highestMs);
}

const noWalk = { position: null, highest: null, walkBeganAt: null };

/**
 * The page after this one; null when the list has ended. Objects that change while they are walked move behind us, and with them whatever
 * a place in the list means; so the walk begins again at the last change it has seen, and uses the provider's place only where one instant
 * fills a whole page. What is of that instant is read twice, and nothing is passed over.
 */
function nextPosition({ from }: WalkPosition, page: Page): WalkPosition | null {
  if (page.place === null) return null;
  const last = page.objects.at(-1);
  const isLater = last !== undefined && last.version.getTime() > Date.parse(from);
  return isLater ? { from: last.version.toISOString(), place: null } : { from, place: page.place };
}

/**
 * What changes while a walk lasts may be listed late, behind where the walk then is, and a long walk sees much later changes. Only of what
 * changed before it began is nothing missing.
 */
function reached(highest: Date | null, walkBeganAt: Date | null): Date | null {
  return highest !== null && walkBeganAt !== null && highest > walkBeganAt ? walkBeganAt : highest;
}

const later = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b > a) ? b : a);
