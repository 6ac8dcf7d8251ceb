import { describe, expect, it } from 'vitest';
import { type Chained, formulas, genesis } from './chain-hash.ts';

const frozen: Chained = {
  formula: 1,
  seq: 1,
  orgId: '01936f3a-0000-7000-8000-000000000001',
  recordId: '01936f3a-0000-7000-8000-000000000002',
  actor: 'ann',
  action: 'wallet.freeze',
  targetType: 'wallet',
  targetId: '01936f3a-0000-7000-8000-000000000003',
  reason: 'lost card',
  before: '{"status": "active"}',
  after: '{"status": "frozen"}',
  ip: '203.0.113.7',
  userAgent: 'Mozilla/5.0',
  createdAt: '2026-11-21T18:00:00.123456Z',
};
const bare = {
  ...frozen,
  ...{ seq: 2, action: 'tiers.configure', reason: null, before: null, after: null, ip: null, userAgent: null },
};
const strange = {
  ...frozen,
  seq: 9_007_199_254_740_991,
  actor: 'quote " backslash \\ slash / tab \t line \n bell \u0007 delete \u007f',
  reason: 'Łódź 東京 🦆 \u2028 ￿ é e\u0301',
};

// Computed apart from this code: hashlib.sha256(json.dumps(elements, ensure_ascii=False).encode()) of Python.
const vectors: [what: string, previous: string, link: Chained, hash: string][] = [
  ['a first link', genesis, frozen, '83096b459d93e9a1a96f30b8a1f23b1f5326ed0c08165c1c3dc58fc760b832d3'],
  [
    'one without what may be left out',
    'ab'.repeat(32),
    bare,
    'b24d44c2a9aa145b2d0033da5bddf13d708d4671e5410f929eb736838374c352',
  ],
  [
    'one with strange texts',
    'cd'.repeat(32),
    strange,
    '2273a30a9af3089246a04d1c517f46c0b85d5c081ed43e37b8881cde560c32bd',
  ],
];

describe('formula 1', () => {
  it.each(vectors)('hashes %s as it did when it was made', (_what, previous, link, hash) => {
    expect(formulas[1]?.(previous, link)).toBe(hash);
  });

  it.each(Object.keys(frozen).filter((name) => name !== 'formula'))('covers %s', (name) => {
    const hashOf = (link: Chained) => formulas[1]?.(genesis, link);
    expect(hashOf({ ...frozen, [name]: `${frozen[name as keyof Chained]}0` })).not.toBe(hashOf(frozen));
  });

  it('tells nothing from an empty text', () => {
    const hashOf = (ip: string | null) => formulas[1]?.(genesis, { ...frozen, ip });
    expect(hashOf(null)).not.toBe(hashOf(''));
  });

  it('keeps texts apart that read alike side by side', () => {
    const hashOf = (actor: string, action: string) => formulas[1]?.(genesis, { ...frozen, actor, action });
    expect(hashOf('ann", "b', 'c')).not.toBe(hashOf('ann', 'b", "c'));
  });
});
