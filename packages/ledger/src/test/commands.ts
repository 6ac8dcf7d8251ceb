import fc from 'fast-check';

const wallets = ['ann', 'ann', 'capped', 'credit', 'credit', 'plain', 'soon'] as const;
const amount = fc.integer({ min: 1, max: 20 });
const rarely = (oneIn: number) => fc.integer({ min: 1, max: oneIn }).map((roll) => roll === 1);
/** Which of those before; the same again when there are fewer. */
const earlier = fc.nat(99);
const side = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...wallets) },
  { weight: 4, arbitrary: fc.constantFrom('bank', 'owed') },
);
const anySide = fc.oneof({ weight: 30, arbitrary: side }, { weight: 1, arbitrary: fc.constant('nobody') });

const preference = fc.oneof(
  fc.constantFrom('origin 1', 'origin 2'),
  fc.nat(6).map((n) => `lot ${n}`),
  fc.nat(12).map((n) => `p${n}`),
);
const transfer = fc.record({
  reusesKey: rarely(12),
  which: earlier,
  from: anySide,
  to: anySide,
  amount,
  /** Splits the credit: this much of it goes to `also`. */
  split: fc.option(fc.record({ also: side, amount: fc.integer({ min: 1, max: 9 }) }), { freq: 4 }),
  overdraw: rarely(6),
  expiresIn: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 4 }),
  origin: fc.option(fc.constantFrom('origin 1', 'origin 2')),
  releasesIn: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 2 }),
  prefers: fc.option(preference, { freq: 1 }),
});
export type Transfer = typeof transfer extends fc.Arbitrary<infer One> ? One : never;

const wish = fc.record({
  reusesKey: rarely(12),
  which: earlier,
  from: fc.oneof({ weight: 20, arbitrary: anySide }, { weight: 1, arbitrary: fc.constant('cash') }),
  to: anySide,
  amount,
  expiresIn: fc.integer({ min: 1, max: 5 }),
});
export type Wish = typeof wish extends fc.Arbitrary<infer One> ? One : never;

const some = <Item>(item: fc.Arbitrary<Item>, maxLength: number) =>
  fc.array(item, { minLength: 1, maxLength, size: 'max' });
const sweep = <Name extends string>(name: Name) =>
  fc.record({ do: fc.constant(name), limit: fc.integer({ min: 1, max: 4 }) });
const resolution = fc.record({ which: earlier, amount: fc.option(amount, { freq: 3 }) });

/** What somebody may do next, in words that mean something once it is known what was done before. */
export const command = fc.oneof(
  { weight: 7, arbitrary: fc.record({ do: fc.constant('post'), transfers: some(transfer, 4) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('hold'), wishes: some(wish, 2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resolve'), resolutions: some(resolution, 3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('reverse'),
      reusesKey: rarely(8),
      which: earlier,
      part: fc.option(amount),
      overdraw: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again'), which: earlier }) },
  { weight: 1, arbitrary: sweep('expire holds') },
  { weight: 2, arbitrary: sweep('expire lots') },
  { weight: 2, arbitrary: sweep('release lots') },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fold') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait'), hours: fc.integer({ min: 1, max: 3 }) }) },
);
export type Command = typeof command extends fc.Arbitrary<infer One> ? One : never;
