export type Clock = () => Date;

/** Where a simulator's time comes from, and where it puts what is to happen later. */
export interface Timeline {
  readonly now: Clock;
  /** Runs `run` when the time has come: at once on the next turn when it has passed already. */
  at(when: Date, run: () => void | Promise<void>): void;
}

/** Real time. Work that waits keeps no process alive. */
export const systemTimeline: Timeline = {
  now: () => new Date(),
  at: (when, run) => {
    setTimeout(run, Math.max(0, when.getTime() - Date.now())).unref();
  },
};

/** `milliseconds` after now on that timeline. */
export function later({ now }: Timeline, milliseconds: number): Date {
  return new Date(now().getTime() + milliseconds);
}
