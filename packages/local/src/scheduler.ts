/** Time as the scheduler needs it; a test brings its own. */
export interface Timer {
  now(): number;
  /** Calls back once after so many milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
}

export interface Scheduler {
  /** Fires nothing more and waits for what runs. */
  stop(): Promise<void>;
}

const systemTimer: Timer = {
  now: Date.now,
  after(ms, callback) {
    const timeout = setTimeout(callback, ms);
    return () => clearTimeout(timeout);
  },
};

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Milliseconds of an EventBridge Scheduler expression, `rate(5 minutes)`. */
export function intervalMs(rate: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(rate) ?? [];
  if (count === undefined || unit === undefined || Number(count) === 0) throw new Error(`Not a rate: ${rate}`);
  return Number(count) * unitMs[unit as keyof typeof unitMs];
}

/**
 * Runs schedules at their rate, the first time one interval after the start. A schedule whose last run has not ended skips the turn;
 * a failing run is logged and changes nothing for the next.
 */
export function startScheduler(
  rates: Readonly<Record<string, string>>,
  run: (schedule: string) => Promise<void>,
  log: (line: string) => void,
  timer: Timer = systemTimer,
): Scheduler {
  const running = new Map<string, Promise<void>>();
  const cancels = new Map<string, () => void>();
  let stopped = false;

  function fire(schedule: string): void {
    if (running.has(schedule)) {
      log(`schedule ${schedule} skipped: the last run has not ended`);
      return;
    }
    const ended = run(schedule)
      .catch((error: unknown) => log(`schedule ${schedule} failed: ${String(error)}`))
      .finally(() => running.delete(schedule));
    running.set(schedule, ended);
  }

  function arm(schedule: string, everyMs: number, dueAt: number): void {
    const cancel = timer.after(Math.max(0, dueAt - timer.now()), () => {
      if (stopped) return;
      fire(schedule);
      // Turns missed while the machine slept are not made up.
      const next = dueAt + everyMs;
      arm(schedule, everyMs, next > timer.now() ? next : timer.now() + everyMs);
    });
    cancels.set(schedule, cancel);
  }

  for (const [schedule, rate] of Object.entries(rates)) {
    const everyMs = intervalMs(rate);
    arm(schedule, everyMs, timer.now() + everyMs);
  }
  return {
    async stop() {
      stopped = true;
      for (const cancel of cancels.values()) cancel();
      await Promise.all(running.values());
    },
  };
}
