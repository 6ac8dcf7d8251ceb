/** Draws that a seed decides. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number, at least 0 and below `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item;
  text(length: number, alphabet?: string): string;
  /** A version 4 UUID. */
  uuid(): string;
  /** Draws of their own, which depend on the seed and the name alone: drawing here shifts nothing there. */
  fork(name: string): Random;
}

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** SFC32 seeded from text. Not for secrets that matter. @see https://pracrand.sourceforge.net/RNG_engines.txt */
export function createRandom(seed: string | number): Random {
  const draw = sfc32(String(seed));
  const below = (limit: number) => Math.floor(next() * limit);
  const next = () => draw() / 2 ** 32;
  const text = (length: number, alphabet = alphanumeric) => {
    let drawn = '';
    for (let count = 0; count < length; count += 1) drawn += alphabet[below(alphabet.length)];
    return drawn;
  };
  return {
    next,
    below,
    text,
    chance: (probability) => next() < probability,
    pick: <Item>(items: readonly Item[]) => {
      if (items.length === 0) throw new Error('There is nothing to pick from.');
      return items[below(items.length)] as Item;
    },
    uuid: () => {
      const hex = (length: number) => text(length, '0123456789abcdef');
      return `${hex(8)}-${hex(4)}-4${hex(3)}-${text(1, '89ab')}${hex(3)}-${hex(12)}`;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

function sfc32(seed: string): () => number {
  let [a, b, c, counter] = [hash(seed, 0x9e3779b9), hash(seed, 0x85ebca6b), hash(seed, 0xc2b2ae35), 1];
  const draw = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first draws of two near seeds are near each other.
  for (let count = 0; count < 12; count += 1) draw();
  return draw;
}

/** FNV-1a from a start of choice. */
function hash(text: string, start: number): number {
  let state = start | 0;
  for (let index = 0; index < text.length; index += 1) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return state;
}
