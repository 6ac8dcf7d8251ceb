import { describe, expect, it } from 'vitest';
import { place, unreadable } from './envelope.fixture.ts';
import { createEnvelope } from './envelope.ts';
import { sealByHand } from './sealed-by-hand.fixture.ts';

const dataKey = Buffer.alloc(32, 7);
/** Opens anything under any key: what is refused here, the envelope itself refuses. */
const kms = {
  generateDataKey: async () => ({ plaintext: Uint8Array.from(dataKey), wrapped: Uint8Array.of(1, 2, 3) }),
  decrypt: async () => Uint8Array.from(dataKey),
};
const [current, former] = [
  { id: 'new-key', arn: 'new' },
  { id: 'old-key', arn: 'old' },
];
const envelope = createEnvelope({ kms, keys: [current, former], clock: () => new Date(0) });
const byHand = { place, dataKey, wrapped: Uint8Array.of(1, 2, 3), plaintext: 'token' };

describe.each([
  ['version 1', undefined],
  ['version 2 under the current key', 'new-key'],
  ['version 2 under a former key', 'old-key'],
])('a sealed credential of %s', (_name, keyId) => {
  const named = keyId === undefined ? {} : { keyId };

  it('stays readable: what is stored today opens tomorrow', async () => {
    expect(await envelope.open(place, sealByHand({ ...byHand, ...named }))).toBe('token');
  });

  it('is refused when it commits to another key, though its tag is right', async () => {
    const forged = sealByHand({ ...byHand, ...named, committedKey: Buffer.alloc(32, 8) });
    await expect(envelope.open(place, forged)).rejects.toMatchObject(unreadable);
  });

  it('is refused when it says another version or key, even to a KMS that would unwrap its data key', async () => {
    const stored = sealByHand({ ...byHand, ...named });
    const labels = [
      { v: 1, keyId: undefined },
      { v: 1, keyId: '' },
      { v: 2, keyId: 'new-key' },
      { v: 2, keyId: 'old-key' },
    ];
    const others = labels.filter(({ v, keyId: label }) => v !== stored.v || label !== keyId);
    expect(others).toHaveLength(3);
    for (const label of [...others, { v: 2, keyId: 'unknown' }, { v: 3 }]) {
      await expect(envelope.open(place, { ...stored, ...label })).rejects.toMatchObject(unreadable);
    }
  });
});

describe('the commitment of one version', () => {
  it('does not serve the other', async () => {
    const [first, second] = [sealByHand(byHand), sealByHand({ ...byHand, keyId: 'new-key' })];
    expect(first.commitment).not.toBe(second.commitment);
    for (const [stored, other] of [[first, second] as const, [second, first] as const]) {
      const mixed = { ...stored, commitment: other.commitment };
      await expect(envelope.open(place, mixed)).rejects.toMatchObject(unreadable);
    }
  });
});
