/** What a network has booked, and changes afterwards without telling anybody. */
export interface Book<Entry extends { id: string }> {
  add(entry: Entry): Entry;
  /** Restates an entry, on the day on which it happened. */
  change(id: string, changed: Partial<Omit<Entry, 'id'>>): Entry;
  /** Takes an entry away as if it had never been. */
  remove(id: string): void;
  /** In the order in which they were added. */
  all(): readonly Entry[];
}

export function createBook<Entry extends { id: string }>(): Book<Entry> {
  const entries = new Map<string, Entry>();
  const find = (id: string): Entry => {
    const found = entries.get(id);
    if (found === undefined) throw new Error(`Nothing is booked as ${id}.`);
    return found;
  };
  return {
    add: (entry) => {
      if (entries.has(entry.id)) throw new Error(`${entry.id} is booked already.`);
      entries.set(entry.id, entry);
      return entry;
    },
    change: (id, changed) => {
      const entry = { ...find(id), ...changed };
      entries.set(id, entry);
      return entry;
    },
    remove: (id) => {
      entries.delete(find(id).id);
    },
    all: () => [...entries.values()],
  };
}
