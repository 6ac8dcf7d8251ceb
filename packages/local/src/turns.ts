/** Lets at most so many work at once; the others wait in order. */
export function createTurns(limit: number) {
  const waiting: (() => void)[] = [];
  let working = 0;
  return {
    /** Working and waiting. */
    get count() {
      return working + waiting.length;
    },
    /** Runs `work` when its turn comes. */
    async take<T>(work: () => Promise<T>): Promise<T> {
      if (working < limit) working += 1;
      else await new Promise<void>((turn) => waiting.push(turn));
      try {
        return await work();
      } finally {
        // The turn passes straight to the next in line, so nobody can slip in between.
        const next = waiting.shift();
        if (next === undefined) working -= 1;
        else next();
      }
    },
  };
}
