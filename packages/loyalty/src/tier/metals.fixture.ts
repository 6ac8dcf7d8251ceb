/** The tiers of these tests. */
export const metals = [
  { name: 'Bronze', threshold: 0 },
  { name: 'Silver', threshold: 10_000 },
  { name: 'Gold', threshold: 20_000 },
];

/** The table of case L58: what was spent before and what is now, and the metal they make together. */
export const spentAndTier: readonly (readonly [spent: number, current: number, tier: string])[] = [
  [0, 6000, 'Bronze'],
  [0, 15_000, 'Silver'],
  [0, 25_000, 'Gold'],
  [4000, 500, 'Bronze'],
  [8000, 3000, 'Silver'],
  [18_000, 3000, 'Gold'],
  [22_000, 5000, 'Gold'],
];
