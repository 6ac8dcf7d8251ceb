/** What one instance remembers for a while, by name. Times are milliseconds of one clock. */
export interface Memory<Value> {
  /** What is remembered under that name and has not ended at that time. */
  recall(name: string, at: number): Value | undefined;
  /** Remembers it until then, instead of what it had under that name. */
  keep(name: string, value: Value, until: number): void;
}

/** Remembers `most` values at most: of more, it forgets the one that was kept first. */
export function createMemory<Value extends {}>(most: number): Memory<Value> {
  const kept = new Map<string, { value: Value; until: number }>();
  return {
    recall(name, at) {
      const known = kept.get(name);
      if (known && at < known.until) return known.value;
      kept.delete(name);
      return undefined;
    },
    keep(name, value, until) {
      // A map lists in the order in which names came to it.
      kept.delete(name);
      kept.set(name, { value, until });
      const [first] = kept.keys();
      if (kept.size > most && first !== undefined) kept.delete(first);
    },
  };
}
