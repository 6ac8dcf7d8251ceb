import type { checks } from '../checks/all.ts';
import type { Created } from '../created.ts';

/** A fault planted in a sound stage, the check that must see it, and what it must say. */
export interface Hole {
  hole: string;
  check: keyof typeof checks;
  plant: (find: (type: string, name: string) => Created, all: Created[]) => void;
  report: string | RegExp;
}
