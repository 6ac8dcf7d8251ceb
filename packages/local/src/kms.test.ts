import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type LocalKms, startKms } from './kms.ts';

const folder = mkdtempSync(join(tmpdir(), 'kms-'));
const started: LocalKms[] = [];
const start = async (options = {}) => {
  const kms = await startKms(options);
  started.push(kms);
  return kms;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((kms) => kms.stop()));
});
afterAll(() => rmSync(folder, { recursive: true }));

const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=local' };

async function call(kms: LocalKms, operation: string, request: unknown, headers: Record<string, string> = signed) {
  const response = await fetch(kms.url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` },
    body: typeof request === 'string' ? request : JSON.stringify(request),
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, type: body.__type, body };
}

const newDataKeyAnswer = (kms: LocalKms, context?: Record<string, string>) =>
  call(kms, 'GenerateDataKey', { KeyId: kms.keyArn, KeySpec: 'AES_256', EncryptionContext: context });
const newDataKey = async (kms: LocalKms, context?: Record<string, string>) =>
  (await newDataKeyAnswer(kms, context)).body;

describe('the KMS stand-in on the wire', () => {
  it('unwraps a data key for the context it was made for, in any order, and for no other', async () => {
    const kms = await start();
    const made = await newDataKey(kms, { org: 'a', connection: 'b' });
    const open = (EncryptionContext?: Record<string, string>) =>
      call(kms, 'Decrypt', { KeyId: kms.keyArn, CiphertextBlob: made.CiphertextBlob, EncryptionContext });

    expect((await open({ connection: 'b', org: 'a' })).body.Plaintext).toBe(made.Plaintext);
    for (const context of [
      undefined,
      {},
      { org: 'a' },
      { org: 'b', connection: 'a' },
      { org: 'a', connection: 'b', x: '' },
    ]) {
      expect(await open(context)).toMatchObject({ status: 400, type: 'InvalidCiphertextException' });
    }
  });

  it('makes a different key, wrapped differently, each time', async () => {
    const kms = await start();
    const [first, second] = [await newDataKey(kms), await newDataKey(kms)];
    expect(Buffer.from(first.Plaintext as string, 'base64')).toHaveLength(32);
    expect(first.Plaintext).not.toBe(second.Plaintext);
    expect(first.CiphertextBlob).not.toBe(second.CiphertextBlob);
  });

  it.each([
    ['half a blob', (blob: Buffer) => blob.subarray(0, 30)],
    ['nothing', () => Buffer.alloc(0)],
    ['a shortened tag', (blob: Buffer) => Buffer.concat([blob.subarray(0, 33), blob.subarray(45)])],
    ['a flipped bit', (blob: Buffer) => Buffer.concat([blob.subarray(0, -1), Buffer.of((blob.at(-1) ?? 0) ^ 1)])],
  ])('refuses %s', async (_name, damage) => {
    const kms = await start();
    const made = await newDataKey(kms);
    const CiphertextBlob = damage(Buffer.from(made.CiphertextBlob as string, 'base64')).toString('base64');
    expect(await call(kms, 'Decrypt', { CiphertextBlob })).toMatchObject({
      status: 400,
      type: 'InvalidCiphertextException',
    });
  });

  it('does not open what another key wrapped', async () => {
    const made = await newDataKey(await start());
    const refusal = await call(await start(), 'Decrypt', { CiphertextBlob: made.CiphertextBlob });
    expect(refusal.type).toBe('InvalidCiphertextException');
  });

  it('describes a disabled key and uses it no more, until it is enabled', async () => {
    const kms = await start();
    const made = await newDataKey(kms);
    await call(kms, 'DisableKey', { KeyId: kms.keyArn });
    const described = await call(kms, 'DescribeKey', { KeyId: kms.keyArn });
    expect(described.body.KeyMetadata).toMatchObject({ Arn: kms.keyArn, KeyState: 'Disabled', Enabled: false });
    expect((await newDataKey(kms)).__type).toBe('DisabledException');
    expect((await call(kms, 'Decrypt', { CiphertextBlob: made.CiphertextBlob })).type).toBe('DisabledException');
    await call(kms, 'EnableKey', { KeyId: kms.keyArn });
    expect((await call(kms, 'Decrypt', { CiphertextBlob: made.CiphertextBlob })).body.Plaintext).toBe(made.Plaintext);
  });

  it('opens with each of its keys what that key wrapped, and says so when asked for another', async () => {
    const kms = await start();
    const { KeyMetadata } = (await call(kms, 'CreateKey', {})).body as { KeyMetadata: { Arn: string } };
    const second = KeyMetadata.Arn;
    const made = (await call(kms, 'GenerateDataKey', { KeyId: second, KeySpec: 'AES_256' })).body;
    const open = (KeyId?: string) => call(kms, 'Decrypt', { KeyId, CiphertextBlob: made.CiphertextBlob });
    for (const keyId of [second, undefined]) {
      expect((await open(keyId)).body).toMatchObject({ KeyId: second, Plaintext: made.Plaintext });
    }
    expect(await open(kms.keyArn)).toMatchObject({ status: 400, type: 'IncorrectKeyException' });

    await call(kms, 'DisableKey', { KeyId: second });
    expect((await open(second)).type).toBe('DisabledException');
    expect((await newDataKey(kms)).__type).toBeUndefined();
  });

  it('keeps opening, after a key was rotated twice, what each of its materials wrapped', async () => {
    const kms = await start();
    const made = [];
    for (let rotation = 0; rotation <= 2; rotation += 1) {
      if (rotation > 0) expect((await call(kms, 'RotateKeyOnDemand', { KeyId: kms.keyArn })).status).toBe(200);
      made.push(await newDataKey(kms));
    }
    for (const { CiphertextBlob, Plaintext } of made) {
      expect((await call(kms, 'Decrypt', { KeyId: kms.keyArn, CiphertextBlob })).body.Plaintext).toBe(Plaintext);
    }
  });

  it.each([
    ['ThrottlingException', 400],
    ['AccessDeniedException', 400],
    ['KMSInternalException', 500],
    ['KeyUnavailableException', 500],
    ['DependencyTimeoutException', 503],
  ] as const)('answers %s when told to, as often as told to', async (error, status) => {
    const kms = await start();
    kms.disturb({ error, times: 2 });
    const answers = [await call(kms, 'DescribeKey', { KeyId: kms.keyArn }), await newDataKeyAnswer(kms)];
    for (const answer of answers) expect(answer).toMatchObject({ status, type: error });
    expect(await newDataKeyAnswer(kms)).toMatchObject({ status: 200 });
  });

  it('lets a call wait when told to, and answers the others meanwhile', async () => {
    const kms = await start();
    kms.disturb({ delayMs: 3_600_000, times: 1 });
    const calls = [newDataKeyAnswer(kms), newDataKeyAnswer(kms)].map((answer) =>
      answer.then(({ status }) => status).catch(() => 'cut off'),
    );
    expect(await Promise.race(calls)).toBe(200);
    await kms.stop();
    expect((await Promise.all(calls)).sort()).toEqual([200, 'cut off']);
  });

  it.each([
    ['an unknown key', 'GenerateDataKey', { KeyId: 'nobody', KeySpec: 'AES_256' }, 'NotFoundException'],
    ['no key', 'DescribeKey', {}, 'ValidationException'],
    ['no ciphertext', 'Decrypt', {}, 'ValidationException'],
    [
      'a context with a number',
      'Decrypt',
      { CiphertextBlob: 'AA==', EncryptionContext: { a: 1 } },
      'ValidationException',
    ],
    ['an operation we do not use', 'ScheduleKeyDeletion', {}, 'UnknownOperationException'],
    ['an inherited name', 'constructor', {}, 'UnknownOperationException'],
    ['no JSON', 'Decrypt', '{', 'SerializationException'],
    ['70 kB', 'Decrypt', { CiphertextBlob: 'A'.repeat(70_000) }, 'ValidationException'],
  ])('refuses %s', async (_name, operation, request, type) => {
    expect(await call(await start(), operation, request)).toMatchObject({ status: 400, type });
  });

  it('refuses an unsigned request', async () => {
    expect((await call(await start(), 'DescribeKey', {}, {})).type).toBe('MissingAuthenticationTokenException');
  });
});

describe('the key file', () => {
  it('opens after a restart what was wrapped before it, and is readable by its owner only', async () => {
    const keyFile = join(folder, 'deep', 'kms.json');
    const before = await start({ keyFile });
    const made = await newDataKey(before);
    await before.stop();
    const after = await start({ keyFile });
    expect(after.keyArn).toBe(before.keyArn);
    expect((await call(after, 'Decrypt', { CiphertextBlob: made.CiphertextBlob })).body.Plaintext).toBe(made.Plaintext);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  });

  it('keeps every key with its materials and its state', async () => {
    const keyFile = join(folder, 'several.json');
    const before = await start({ keyFile });
    const made = await newDataKey(before);
    await call(before, 'RotateKeyOnDemand', { KeyId: before.keyArn });
    const created = (await call(before, 'CreateKey', {})).body as { KeyMetadata: { Arn: string } };
    const second = created.KeyMetadata.Arn;
    await call(before, 'DisableKey', { KeyId: second });
    await before.stop();

    const after = await start({ keyFile });
    expect(after.keyArn).toBe(before.keyArn);
    expect((await call(after, 'Decrypt', { CiphertextBlob: made.CiphertextBlob })).body.Plaintext).toBe(made.Plaintext);
    const described = await call(after, 'DescribeKey', { KeyId: second });
    expect(described.body.KeyMetadata).toMatchObject({ Arn: second, Enabled: false });
  });

  it('is read in its first format, of a single key', async () => {
    const keyFile = join(folder, 'single.json');
    const id = '01936d00-0000-4000-8000-000000000001';
    writeFileSync(keyFile, JSON.stringify({ id, material: Buffer.alloc(32, 7).toString('base64') }));
    const kms = await start({ keyFile });
    expect(kms.keyArn).toBe(`arn:aws:kms:us-east-1:000000000000:key/${id}`);
    // Wrapped with that key by the stand-in that wrote such files.
    const CiphertextBlob =
      'AQGTbQAAAEAAgAAAAAAAAAEFBQUFBQUFBQUFBQUZXlFe/OBpSUPHo2DXiPYD6/iOIdiUdjrpflR5jGSAvV5PAQr610uOLPmRT/Urq98=';
    expect((await call(kms, 'Decrypt', { CiphertextBlob, EncryptionContext: { org: 'a' } })).body.Plaintext).toBe(
      Buffer.alloc(32, 9).toString('base64'),
    );
  });

  it.each(['{', '{}', '{"keys":[]}', '{"keys":[{}]}', '{"id":"x","material":""}'])(
    'is never replaced when it is damaged: %s',
    async (content) => {
      const keyFile = join(folder, 'damaged.json');
      writeFileSync(keyFile, content);
      await expect(startKms({ keyFile })).rejects.toThrow('cannot be read');
      expect(readFileSync(keyFile, 'utf8')).toBe(content);
    },
  );
});
