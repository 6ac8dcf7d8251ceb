import { type LocalKms, startKms } from '@tributary/local/kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataKeyService } from './data-key-service.ts';
import {
  bytesOf,
  connectTo,
  otherId,
  parts,
  place,
  type Stored,
  setUp,
  unreadable,
  withPart,
} from './envelope.fixture.ts';
import { type CredentialPlace, contextOf } from './place.ts';
import { sealByHand } from './sealed-by-hand.fixture.ts';
import { type WrappingKey, wrappingKey } from './wrapping-key.ts';

const secret = 'canary-token-\u{1F511}-8Vq2';

let kms: LocalKms;
let service: DataKeyService;
let key: WrappingKey;
beforeAll(async () => {
  kms = await startKms();
  service = connectTo(kms.url);
  key = wrappingKey(kms.keyArn);
});
afterAll(() => kms.stop());
const process = () => setUp(service, [key]);

async function sealVersion1(where: CredentialPlace, plaintext: string): Promise<Stored> {
  const { plaintext: dataKey, wrapped } = await service.generateDataKey({ keyArn: key.arn, context: contextOf(where) });
  return sealByHand({ place: where, dataKey, wrapped, plaintext });
}
const sealVersion2 = async (where: CredentialPlace, plaintext: string): Promise<Stored> =>
  process().seal(where, plaintext);

describe.each([
  ['1', sealVersion1],
  ['2', sealVersion2],
])('S1-036 a sealed credential of version %s that is not what was sealed', { timeout: 60_000 }, (_version, seal) => {
  it('opens in its own place and in none of seven others: organization, row and field each count', async () => {
    const places = [place.orgId, otherId].flatMap((orgId) =>
      [place.connectionId, otherId].flatMap((connectionId) =>
        [place.field, 'refresh_token'].map((field) => ({ orgId, connectionId, field })),
      ),
    );
    const stored = await Promise.all(places.map((where) => seal(where, secret)));
    const warm = process();
    for (const [index, where] of places.entries()) {
      for (const [from, sealed] of stored.entries()) {
        if (from === index) expect(await warm.open(where, sealed)).toBe(secret);
        else {
          await expect(warm.open(where, sealed)).rejects.toMatchObject(unreadable);
          await expect(process().open(where, sealed)).rejects.toMatchObject(unreadable);
        }
      }
    }
  });

  it('does not open with any one bit flipped in any part', async () => {
    const sealed = await seal(place, secret);
    const { open, calls } = process();
    await open(place, sealed);
    for (const part of parts) {
      const original = bytesOf(sealed[part]);
      for (let bit = 0; bit < original.length * 8; bit += 1) {
        const flipped = Buffer.from(original);
        flipped[bit >> 3] = (original[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const altered = open(place, withPart(sealed, part, flipped));
        await expect(altered, `${part} bit ${bit}`).rejects.toMatchObject(unreadable);
      }
    }
    expect(calls.decrypt).toBe(1 + bytesOf(sealed.wrappedKey).length * 8);
    expect(await open(place, sealed)).toBe(secret);
  });

  it.each(parts)(
    'does not open with its %s cut to any length (a tag of 4 to 15 bytes too), lengthened, missing, or spelled another way',
    async (part) => {
      const sealed = await seal(place, secret);
      const { open } = process();
      const bytes = bytesOf(sealed[part]);
      for (let length = 0; length < bytes.length; length += 1) {
        await expect(open(place, withPart(sealed, part, bytes.subarray(0, length)))).rejects.toMatchObject(unreadable);
      }
      const longer = Buffer.concat([bytes, Buffer.of(0)]);
      await expect(open(place, withPart(sealed, part, longer))).rejects.toMatchObject(unreadable);
      for (const text of [undefined, null, 7, `${sealed[part]} `, `${sealed[part]}=`]) {
        await expect(open(place, { ...sealed, [part]: text })).rejects.toMatchObject(unreadable);
      }
    },
  );

  it.each([0, 1, 2, 3, '1', '2', undefined])('does not open as version %j unless it is', async (v) => {
    const sealed = await seal(place, secret);
    if (v === sealed.v) expect(await process().open(place, { ...sealed, v })).toBe(secret);
    else await expect(process().open(place, { ...sealed, v })).rejects.toMatchObject(unreadable);
  });

  it('does not open relabelled as the other version, with or without a key id', async () => {
    const sealed = await seal(place, secret);
    for (const keyId of [undefined, key.id]) {
      const relabelled = { ...sealed, v: 3 - sealed.v, keyId };
      await expect(process().open(place, relabelled)).rejects.toMatchObject(unreadable);
    }
  });

  it('does not open with parts of a sibling under the same data key', async () => {
    const context = contextOf(place);
    const { plaintext: dataKey, wrapped } = await service.generateDataKey({ keyArn: key.arn, context });
    const { keyId } = await seal(place, secret);
    const shared = { dataKey, wrapped, ...(keyId === undefined ? {} : { keyId }) };
    const elsewhere = { ...place, field: 'refresh_token' };
    const sealed = sealByHand({ ...shared, place, plaintext: secret });
    const sibling = sealByHand({ ...shared, place: elsewhere, plaintext: 'other' });
    expect(await process().open(place, sealed)).toBe(secret);
    for (const part of ['iv', 'ciphertext', 'tag'] as const) {
      await expect(process().open(place, { ...sealed, [part]: sibling[part] })).rejects.toMatchObject(unreadable);
    }
  });

  it('is refused by the commitment under another data key of the same place', async () => {
    const [one, two] = [await seal(place, secret), await seal(place, secret)];
    expect(one.commitment).not.toBe(two.commitment);
    await expect(process().open(place, { ...one, wrappedKey: two.wrappedKey })).rejects.toMatchObject(unreadable);
    // Even with the commitment adjusted, the ciphertext was bound to the first.
    const adjusted = { ...one, wrappedKey: two.wrappedKey, commitment: two.commitment };
    await expect(process().open(place, adjusted)).rejects.toMatchObject(unreadable);
  });

  it('does not open under a key that is not listed, nor in the name of one that is', async () => {
    const stranger = await startKms();
    const sealed = await seal(place, secret);
    const other = wrappingKey(stranger.keyArn);
    const relabelled = { ...sealed, ...(sealed.keyId === undefined ? {} : { keyId: other.id }) };
    for (const stored of [sealed, relabelled]) {
      const { open } = setUp(connectTo(stranger.url), [other]);
      await expect(open(place, stored)).rejects.toMatchObject(unreadable);
    }
    await stranger.stop();
  });
});

describe('the key id of a sealed credential', { timeout: 60_000 }, () => {
  it('does not open with any one bit flipped in it, nor cut, nor empty', async () => {
    const sealed = await sealVersion2(place, secret);
    const { open } = process();
    const original = Buffer.from(key.id);
    for (let bit = 0; bit < original.length * 8; bit += 1) {
      const flipped = Buffer.from(original);
      flipped[bit >> 3] = (original[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const altered = open(place, { ...sealed, keyId: flipped.toString('utf8') });
      await expect(altered, `bit ${bit}`).rejects.toMatchObject(unreadable);
    }
    for (let length = 0; length < key.id.length; length += 1) {
      await expect(open(place, { ...sealed, keyId: key.id.slice(0, length) })).rejects.toMatchObject(unreadable);
    }
    expect(await open(place, sealed)).toBe(secret);
  });
});

describe('something stored that never was a sealed credential', () => {
  it.each([null, 'text', 7, {}, [], { v: 1 }, { v: 2 }, { v: 2, keyId: 'k' }, { v: 2, keyId: 7 }])(
    'does not open: %j',
    async (stored) => {
      await expect(process().open(place, stored)).rejects.toMatchObject(unreadable);
    },
  );
});
