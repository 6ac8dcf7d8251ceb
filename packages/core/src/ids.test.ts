import fc from 'fast-check';
import { expect, it } from 'vitest';
import { idPattern, readId, showId } from './ids.ts';

it('the pattern of an id matches what is written as one, and nothing that cannot be read', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      expect(showId('wallet', uuid)).toMatch(idPattern('wallet', 'customer'));
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(idPattern('wallet')), (id) => {
      expect(showId('wallet', readId('wallet', id))).toBe(id);
    }),
  );
});

it.each(['wal_00000000000000000000000000', 'wal_0vm0kv0jvjnavkjam0nv0k0pvm', 'cus_01kb7m2q8r5s6t7v8w9x0y1z2b', 'wal_'])(
  'the pattern of a wallet’s id does not match %s',
  (text) => {
    expect(text).not.toMatch(idPattern('wallet'));
  },
);
