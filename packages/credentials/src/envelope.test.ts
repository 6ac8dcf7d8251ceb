import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LocalKms, startKms } from '@tributary/local/kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataKeyService } from './data-key-service.ts';
import {
  bytesOf,
  connectTo,
  otherId,
  parts,
  place,
  setUp as setUpWith,
  unavailable,
  unreadable,
} from './envelope.fixture.ts';
import { wrappingKey } from './wrapping-key.ts';

const secret = 'canary-token-\u{1F511}-8Vq2';
const minuteMs = 60_000;

let kms: LocalKms;
let service: DataKeyService;
beforeAll(async () => {
  kms = await startKms();
  service = connectTo(kms.url);
});
afterAll(() => kms.stop());
const setUp = () => setUpWith(service, [wrappingKey(kms.keyArn)]);

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

describe('data keys in memory', () => {
  it('serve any number of simultaneous readers with one call', async () => {
    const sealed = await setUp().seal(place, secret);
    const { open, calls } = setUp();
    const opened = await Promise.all(Array.from({ length: 50 }, () => open(place, sealed)));
    expect(new Set(opened)).toEqual(new Set([secret]));
    expect(calls.decrypt).toBe(1);
  });

  it('serve one place: for another KMS is asked again, and refuses', async () => {
    const { seal, open, calls } = setUp();
    const sealed = await seal(place, secret);
    await open(place, sealed);
    for (const change of [{ orgId: otherId }, { connectionId: otherId }]) {
      await expect(open({ ...place, ...change }, sealed)).rejects.toMatchObject(unreadable);
    }
    expect(calls.decrypt).toBe(3);
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
    const { seal, open, time } = setUpWith(connectTo(before.url, 1), [wrappingKey(before.keyArn)]);
    const sealed = await seal(place, secret);
    expect(await open(place, sealed)).toBe(secret);

    await before.stop();
    time.nowMs += 5 * minuteMs;
    expect(await open(place, sealed)).toBe(secret);
    time.nowMs += 1;
    await expect(open(place, sealed)).rejects.toMatchObject(unavailable);
    await expect(seal(place, secret)).rejects.toMatchObject(unavailable);

    const after = await startKms({ keyFile, port: Number(new URL(before.url).port) });
    expect(await open(place, sealed)).toBe(secret);
    await after.stop();
    rmSync(dirname(keyFile), { recursive: true });
  });
});
