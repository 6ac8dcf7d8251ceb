import type { WalkPosition } from '@tributary/core/pull-source';
import { onward } from '../walk/place.ts';
import type { Span } from './changes.ts';

/**
 * Clover answers a time filter for the last 90 days of its range, and says nothing of what it leaves out
 * (https://docs.clover.com/dev/docs/applying-filters). So a walk that begins earlier asks for one window after the other.
 */
const windowMs = 89 * 24 * 60 * 60 * 1000;

const inWindow = /^since (\d{1,16})(?: (.+))?$/;

/** The window that a position is in, and the place in it. */
export function windowAt({ from, place }: WalkPosition): { span: Span; place: string | null } {
  const [, since, inner] = inWindow.exec(place ?? '') ?? [];
  const fromMs = since === undefined ? Date.parse(from) : Number(since);
  return { span: { fromMs, toMs: fromMs + windowMs }, place: since === undefined ? place : (inner ?? null) };
}

/** Where the next window begins; null when this one has not passed yet: then the list has ended. */
export function nextWindow({ toMs }: Span, now: Date): string | null {
  return toMs < now.getTime() ? `since ${toMs + 1}` : null;
}

/** A place in the window that the position is in. */
export function placeInWindow(position: WalkPosition, place: string): string {
  const [, since] = inWindow.exec(position.place ?? '') ?? [];
  return since === undefined || place === onward ? place : `since ${since} ${place}`;
}
