import type { Step } from './rotation.fixture.ts';

interface Process {
  readonly name: string;
  /** Continues it; absent once it has ended or was killed. */
  resume?: (() => void) | undefined;
  at: string;
  steps: number;
}

export interface Kill {
  name: string;
  /** Which of its steps does not return. */
  step: number;
}

/**
 * Runs processes one step at a time, in an order drawn from a seed: the same seed, the same order.
 * A killed process stops inside its step and nothing of it runs again, as after SIGKILL: no catch, no finally.
 * @returns the name of the step at which the kill struck; undefined when the process ended before.
 * @throws what a process threw.
 */
export async function runInterleaved(
  seed: number,
  work: Readonly<Record<string, (step: Step) => Promise<void>>>,
  kill?: Kill,
): Promise<string | undefined> {
  const random = randomOf(seed);
  const live: Process[] = [];
  for (const [name, run] of Object.entries(work)) {
    const process: Process = { name, at: 'start', steps: 0 };
    await untilNextStep(process, (step) => run(step));
    live.push(process);
  }
  let struckAt: string | undefined;
  for (;;) {
    const waiting = live.filter(({ resume }) => resume !== undefined);
    const next = waiting[Math.floor(random() * waiting.length)];
    if (next === undefined) return struckAt;
    next.steps += 1;
    if (next.name === kill?.name && next.steps === kill.step) {
      struckAt = next.at;
      next.resume = undefined;
    } else await proceed(next);
  }
}

const arrivals = new WeakMap<Process, PromiseWithResolvers<void>>();

/** Starts a process and returns when it waits at its first step, or has ended. */
function untilNextStep(process: Process, run: (step: Step) => Promise<void>): Promise<void> {
  const arrival = Promise.withResolvers<void>();
  arrivals.set(process, arrival);
  const step: Step = (name) =>
    new Promise((resume) => {
      process.at = name;
      process.resume = resume;
      arrivals.get(process)?.resolve();
    });
  run(step).then(
    () => arrivals.get(process)?.resolve(),
    (error: unknown) => arrivals.get(process)?.reject(error),
  );
  return arrival.promise;
}

function proceed(process: Process): Promise<void> {
  const arrival = Promise.withResolvers<void>();
  arrivals.set(process, arrival);
  const resume = process.resume;
  process.resume = undefined;
  resume?.();
  return arrival.promise;
}

/** Mulberry32: uniform in [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
