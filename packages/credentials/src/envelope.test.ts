import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { type LocalKms, startKms } from '@tributary/local/kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataKeyService } from './data-key-service.ts';
import { type CredentialPlace, createEnvelope } from './envelope.ts';
import { createKmsClient } from './kms-client.ts';
import type { Sealed } from './sealed.ts';

const place: CredentialPlace = {
  orgId: '01936d00-0000-7000-8000-000000000001',
  connectionId: '01936d00-0000-7000-8000-0000000000c1',
  field: 'access_token',
};
const otherId = '01936d00-0000-7000-8000-00000000ffff';
const secret = 'canary-token-\u{1F511}-8Vq2';
const minuteMs = 60_000;
const unreadable = { name: 'PermanentFailure', reason: 'credential_unreadable' };

let kms: LocalKms;
let service: DataKeyService;
const connectTo = (url: string, maxAttempts = 3) =>
  createKmsClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts,
  });
beforeAll(async () => {
  kms = await startKms();
  service = connectTo(kms.url);
});
afterAll(() => kms.stop());

/** An envelope with a clock the test moves and a count of calls to KMS. */
function setUp(using: DataKeyService = service, keyArn: string = kms.keyArn) {
  const calls = { generateDataKey: 0, decrypt: 0 };
  const time = { nowMs: Date.parse('2026-11-20T12:00:00Z') };
  const counted: DataKeyService = {
    generateDataKey: (request) => {
      calls.generateDataKey += 1;
      return using.generateDataKey(request);
    },
    decrypt: (request) => {
      calls.decrypt += 1;
      return using.decrypt(request);
    },
  };
  const envelope = createEnvelope({ kms: counted, keyArn, clock: () => new Date(time.nowMs) });
  return { ...envelope, calls, time };
}

const parts = ['wrappedKey', 'commitment', 'iv', 'ciphertext', 'tag'] as const;
const bytesOf = (text: string) => Buffer.from(text, 'base64');
const withPart = (sealed: Sealed, part: (typeof parts)[number], bytes: Buffer) => ({
  ...sealed,
  [part]: bytes.toString('base64'),
});

describe('sealing', () => {
  it('S1-036 opens in its place as jsonb gives it back, in another process too', async () => {
    const sealed = await setUp().seal(place, secret);
    const stored = Object.fromEntries(Object.entries(JSON.parse(JSON.stringify(sealed))).reverse());
    expect(await setUp().open(place, stored)).toBe(secret);
  });

  it.each(['', 'x', 'a\u0000b', 'x'.repeat(100_000)])('keeps any text (%#)', async (text) => {
    const { seal, open } = setUp();
    expect(await open(place, await seal(place, text))).toBe(text);
  });

  it('shows nothing of the plaintext, and never the same bytes twice', async () => {
    const { seal } = setUp();
    const [first, second] = [await seal(place, secret), await seal(place, secret)];
    expect(Buffer.concat(parts.map((part) => bytesOf(first[part]))).includes('canary')).toBe(false);
    expect(first.iv).not.toBe(second.iv);
    expect(first.ciphertext).not.toBe(second.ciphertext);
    expect([bytesOf(first.iv).length, bytesOf(first.tag).length]).toEqual([12, 16]);
  });

  it('uses one data key for the fields of a connection and another for each other connection', async () => {
    const { seal, calls } = setUp();
    const access = await seal(place, 'a');
    const refresh = await seal({ ...place, field: 'refresh_token' }, 'b');
    const elsewhere = await seal({ ...place, connectionId: otherId }, 'c');
    expect(refresh.wrappedKey).toBe(access.wrappedKey);
    expect(elsewhere.wrappedKey).not.toBe(access.wrappedKey);
    expect(calls.generateDataKey).toBe(2);
  });

  it.each([{ orgId: 'acme' }, { connectionId: '' }, { field: 'Access Token' }, { field: '' }])(
    'refuses a malformed place: %o',
    async (change) => {
      const { seal } = setUp();
      await expect(seal({ ...place, ...change }, secret)).rejects.toMatchObject({ code: 'validation_failed' });
    },
  );
});

describe('a sealed credential that is not what was sealed', () => {
  it.each([
    ['organization', { orgId: otherId }],
    ['connection', { connectionId: otherId }],
    ['field', { field: 'refresh_token' }],
  ])('does not open when moved to another %s, whether its key is in memory or not', async (_name, change) => {
    const { seal, open } = setUp();
    const sealed = await seal(place, secret);
    await open(place, sealed);
    await expect(open({ ...place, ...change }, sealed)).rejects.toMatchObject(unreadable);
    await expect(setUp().open({ ...place, ...change }, sealed)).rejects.toMatchObject(unreadable);
  });

  it('does not open with any one bit flipped in any part', async () => {
    const { seal, open, calls } = setUp();
    const sealed = await seal(place, secret);
    await open(place, sealed);
    let flips = 0;
    for (const part of parts) {
      const original = bytesOf(sealed[part]);
      for (let bit = 0; bit < original.length * 8; bit += 1) {
        const flipped = Buffer.from(original);
        flipped[bit >> 3] = (original[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await expect(open(place, withPart(sealed, part, flipped)), `${part} bit ${bit}`).rejects.toMatchObject(
          unreadable,
        );
        flips += 1;
      }
    }
    expect(flips).toBeGreaterThan(1000);
    expect(calls.decrypt).toBe(1 + bytesOf(sealed.wrappedKey).length * 8);
    expect(await open(place, sealed)).toBe(secret);
  });

  it.each(parts)('does not open with its %s cut, lengthened, missing, or spelled another way', async (part) => {
    const { seal, open } = setUp();
    const sealed = await seal(place, secret);
    const bytes = bytesOf(sealed[part]);
    for (const length of [0, 1, 4, bytes.length - 1]) {
      await expect(open(place, withPart(sealed, part, bytes.subarray(0, length)))).rejects.toMatchObject(unreadable);
    }
    const longer = Buffer.concat([bytes, Buffer.of(0)]);
    await expect(open(place, withPart(sealed, part, longer))).rejects.toMatchObject(unreadable);
    for (const text of [undefined, null, 7, `${sealed[part]} `, `${sealed[part]}=`]) {
      await expect(open(place, { ...sealed, [part]: text })).rejects.toMatchObject(unreadable);
    }
  });

  it.each([null, 'text', {}, [], { v: 1 }])('does not open when it is %j', async (stored) => {
    await expect(setUp().open(place, stored)).rejects.toMatchObject(unreadable);
  });

  it.each([0, 2, '1', undefined])('does not open as version %j', async (v) => {
    const { seal, open } = setUp();
    await expect(open(place, { ...(await seal(place, secret)), v })).rejects.toMatchObject(unreadable);
  });

  it('does not open with parts of a sibling under the same data key', async () => {
    const { seal, open } = setUp();
    const [sealed, sibling] = [await seal(place, secret), await seal({ ...place, field: 'refresh_token' }, 'other')];
    for (const part of ['iv', 'ciphertext', 'tag'] as const) {
      await expect(open(place, { ...sealed, [part]: sibling[part] })).rejects.toMatchObject(unreadable);
    }
  });

  it('is refused by the commitment under another data key of the same connection', async () => {
    const [one, two] = [await setUp().seal(place, secret), await setUp().seal(place, secret)];
    expect(one.commitment).not.toBe(two.commitment);
    await expect(setUp().open(place, { ...one, wrappedKey: two.wrappedKey })).rejects.toMatchObject(unreadable);
    // Even with the commitment adjusted, the ciphertext was bound to the first.
    const adjusted = { ...one, wrappedKey: two.wrappedKey, commitment: two.commitment };
    await expect(setUp().open(place, adjusted)).rejects.toMatchObject(unreadable);
  });
});

describe('data keys in memory', () => {
  it('serve any number of simultaneous readers with one call', async () => {
    const sealed = await setUp().seal(place, secret);
    const { open, calls } = setUp();
    const opened = await Promise.all(Array.from({ length: 50 }, () => open(place, sealed)));
    expect(new Set(opened)).toEqual(new Set([secret]));
    expect(calls.decrypt).toBe(1);
  });

  it('serve 1,000 sealings, and the next needs a new one', async () => {
    const { seal, calls } = setUp();
    for (let use = 0; use < 1000; use += 1) await seal(place, 'x');
    expect(calls.generateDataKey).toBe(1);
    await seal(place, 'x');
    expect(calls.generateDataKey).toBe(2);
  });
});

describe('when KMS does not answer', () => {
  it('opens from memory for 5 minutes, then not at all, and again when KMS is back', async () => {
    const keyFile = join(mkdtempSync(join(tmpdir(), 'envelope-')), 'kms.json');
    const before = await startKms({ keyFile });
    const { seal, open, time } = setUp(connectTo(before.url, 1), before.keyArn);
    const sealed = await seal(place, secret);
    expect(await open(place, sealed)).toBe(secret);

    await before.stop();
    time.nowMs += 5 * minuteMs;
    expect(await open(place, sealed)).toBe(secret);
    time.nowMs += 1;
    await expect(open(place, sealed)).rejects.toMatchObject({ name: 'AppError', code: 'unavailable' });
    await expect(seal(place, secret)).rejects.toMatchObject({ name: 'AppError', code: 'unavailable' });

    const after = await startKms({ keyFile, port: Number(new URL(before.url).port) });
    expect(await open(place, sealed)).toBe(secret);
    await after.stop();
    rmSync(dirname(keyFile), { recursive: true });
  });

  it('says no more than that, whatever the SDK put into its error', async () => {
    const sealed = await setUp().seal(place, secret);
    const failure = Object.assign(new Error(`parse error near ${secret}`), { $response: { body: secret } });
    const fail = () => Promise.reject(failure);
    const { seal, open } = setUp({ generateDataKey: fail, decrypt: fail });
    const errors = await Promise.all([
      seal(place, secret).catch((error: unknown) => error),
      open(place, sealed).catch((error: unknown) => error),
      setUp()
        .open({ ...place, field: 'refresh_token' }, sealed)
        .catch((error: unknown) => error),
      setUp()
        .seal({ ...place, field: secret }, secret)
        .catch((error: unknown) => error),
    ]);
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
    }
  });
});
