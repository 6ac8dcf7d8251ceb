import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { type LocalKms, startKms } from '@tributary/local/kms';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectTo, otherId, place, setUp as setUpWith, unavailable, unreadable } from './envelope.fixture.ts';
import { createEnvelope } from './envelope.ts';
import { contextOf } from './place.ts';
import { sealByHand } from './sealed-by-hand.fixture.ts';
import { type WrappingKey, type WrappingKeys, wrappingKey } from './wrapping-key.ts';

const maxAgeMs = 5 * 60_000;

let kms: LocalKms;
let admin: KMSClient;
let oldKey: WrappingKey;
let newKey: WrappingKey;
beforeAll(async () => {
  kms = await startKms();
  admin = new KMSClient({
    endpoint: kms.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
});
beforeEach(async () => {
  oldKey = await createKey();
  newKey = await createKey();
});
afterAll(() => kms.stop());

const createKey = async () => wrappingKey((await admin.send(new CreateKeyCommand({}))).KeyMetadata?.Arn as string);
const disable = ({ arn }: WrappingKey) => admin.send(new DisableKeyCommand({ KeyId: arn }));
const enable = ({ arn }: WrappingKey) => admin.send(new EnableKeyCommand({ KeyId: arn }));
const setUp = (...keys: WrappingKeys) => setUpWith(connectTo(kms.url, 1), keys);

async function sealVersion1(key: WrappingKey, plaintext: string) {
  const context = contextOf(place);
  const { plaintext: dataKey, wrapped } = await connectTo(kms.url).generateDataKey({ keyArn: key.arn, context });
  return sealByHand({ place, dataKey, wrapped, plaintext });
}

describe('a new key', () => {
  it('seals from the moment it is first, and what the former sealed still opens', async () => {
    const former = await setUp(oldKey).seal(place, 'a');
    const { seal, open } = setUp(newKey, oldKey);
    const current = await seal(place, 'b');
    expect([former.keyId, current.keyId]).toEqual([oldKey.id, newKey.id]);
    expect([await open(place, former), await open(place, current)]).toEqual(['a', 'b']);
  });

  it('opens where it is known before it is first, and nowhere else', async () => {
    const current = await setUp(newKey, oldKey).seal(place, 'b');
    expect(await setUp(oldKey, newKey).open(place, current)).toBe('b');
    await expect(setUp(oldKey).open(place, current)).rejects.toMatchObject(unreadable);
  });

  it('leaves version 1 readable, whichever key of the list wrapped it', async () => {
    for (const key of [oldKey, newKey]) {
      const sealed = await sealVersion1(key, 'first');
      expect(await setUp(newKey, oldKey).open(place, sealed)).toBe('first');
      expect(await setUp(oldKey, newKey).open(place, sealed)).toBe('first');
    }
  });

  it('finds the key of version 1 with one call when it is the oldest', async () => {
    const sealed = await sealVersion1(oldKey, 'first');
    const { open, calls } = setUp(newKey, oldKey);
    await open(place, sealed);
    expect(calls.decrypt).toBe(1);
  });

  it('is the only one asked for what names it, and none is asked for what names another', async () => {
    const sealed = await setUp(newKey, oldKey).seal(place, 'b');
    const { open, calls } = setUp(oldKey, newKey);
    await open(place, sealed);
    expect(calls.decrypt).toBe(1);
    await expect(open(place, { ...sealed, keyId: 'unknown' })).rejects.toMatchObject(unreadable);
    expect(calls.decrypt).toBe(1);
  });

  it('calls version 1 unreadable only if every key says so', async () => {
    const sealed = await sealVersion1(oldKey, 'first');
    await expect(setUp(newKey).open(place, sealed)).rejects.toMatchObject(unreadable);
    await disable(newKey);
    expect(await setUp(oldKey, newKey).open(place, sealed)).toBe('first');
    await disable(oldKey);
    await enable(newKey);
    await expect(setUp(newKey, oldKey).open(place, sealed)).rejects.toMatchObject(unavailable);
    await expect(setUp(oldKey, newKey).open(place, sealed)).rejects.toMatchObject(unavailable);
  });
});

describe('sealing anew', () => {
  it('makes current what was not: a former key, version 1', async () => {
    const envelope = setUp(newKey, oldKey);
    for (const sealed of [await setUp(oldKey).seal(place, 'x'), await sealVersion1(oldKey, 'x')]) {
      expect(envelope.isCurrent(sealed)).toBe(false);
      const resealed = await envelope.reseal(place, sealed);
      expect(envelope.isCurrent(resealed)).toBe(true);
      expect(await setUp(newKey).open(place, resealed)).toBe('x');
    }
  });

  it('makes nothing of what does not open here', async () => {
    const { seal, reseal, isCurrent } = setUp(newKey, oldKey);
    const sealed = await seal(place, 'x');
    for (const stored of [{ ...sealed, tag: sealed.iv }, { ...sealed, keyId: oldKey.id }, null]) {
      await expect(reseal(place, stored)).rejects.toMatchObject(unreadable);
    }
    await expect(reseal({ ...place, connectionId: otherId }, sealed)).rejects.toMatchObject(unreadable);
    expect([isCurrent(null), isCurrent({ v: 2, keyId: newKey.id }), isCurrent(sealed)]).toEqual([false, false, true]);
  });

  it('is not needed when KMS rotates the material of a key by itself', async () => {
    const { seal } = setUp(oldKey);
    const sealed = await seal(place, 'x');
    await admin.send(new RotateKeyOnDemandCommand({ KeyId: oldKey.arn }));
    const { open, isCurrent } = setUp(oldKey);
    expect([await open(place, sealed), isCurrent(sealed)]).toEqual(['x', true]);
  });
});

describe('a disabled key', () => {
  it('opens nothing later than 5 minutes after it was disabled, however busy the process', async () => {
    const { seal, open, time } = setUp(oldKey);
    const sealed = await seal(place, 'x');
    const opensAt = (ageMs: number, startedMs: number) => {
      time.nowMs = startedMs + ageMs;
      return open(place, sealed).then(() => true);
    };
    const startedMs = time.nowMs;
    expect(await opensAt(0, startedMs)).toBe(true);
    await disable(oldKey);
    for (let ageMs = 0; ageMs <= maxAgeMs; ageMs += 1000) expect(await opensAt(ageMs, startedMs)).toBe(true);
    for (const ageMs of [1, 1000, maxAgeMs]) {
      await expect(opensAt(maxAgeMs + ageMs, startedMs)).rejects.toMatchObject(unavailable);
    }
    await expect(seal(place, 'y')).rejects.toMatchObject(unavailable);
    await enable(oldKey);
    expect(await open(place, sealed)).toBe('x');
  });

  it('is missed by nothing once everything was sealed anew', async () => {
    const resealed = await setUp(newKey, oldKey).reseal(place, await setUp(oldKey).seal(place, 'x'));
    await disable(oldKey);
    expect(await setUp(newKey, oldKey).open(place, resealed)).toBe('x');
    expect(await setUp(newKey).open(place, resealed)).toBe('x');
  });
});

describe('the list of keys', () => {
  it('refuses two with one id', () => {
    const keys: WrappingKeys = [oldKey, { ...newKey, id: oldKey.id }];
    expect(() => createEnvelope({ kms: connectTo(kms.url), keys, clock: () => new Date(0) })).toThrow('same id');
  });

  it.each(['', 'k', 'arn:aws:kms:us-east-1:1:alias/credentials', 'arn:aws:s3:::key/k', 'arn:aws:kms:us-east-1:1:key/'])(
    'takes no key from %j',
    (arn) => {
      expect(() => wrappingKey(arn)).toThrow('not the ARN of a KMS key');
    },
  );
});
