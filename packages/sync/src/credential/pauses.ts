const shortestMs = 25;
const longestMs = 1000;

export type Pause = (milliseconds: number) => Promise<void>;

export const pause: Pause = (milliseconds) => new Promise((passed) => setTimeout(passed, milliseconds));

/**
 * Pauses that grow by half from 25 ms to 1 s until `totalMs` are over, whatever else takes part of that time. Each is shortened by
 * chance, so that those who wait do not ask in step.
 */
export function* pausesOf(totalMs: number): Generator<number> {
  const startMs = performance.now();
  let pausedMs = 0;
  for (let upToMs = shortestMs; ; upToMs = Math.min(upToMs * 1.5, longestMs)) {
    const leftMs = totalMs - Math.max(pausedMs, performance.now() - startMs);
    if (leftMs <= 0) return;
    const nextMs = Math.min(leftMs, upToMs * (1 - Math.random() / 2));
    pausedMs += nextMs;
    yield nextMs;
  }
}
