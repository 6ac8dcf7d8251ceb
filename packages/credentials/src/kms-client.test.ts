import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as kmsSdk from '@aws-sdk/client-kms';
import { type LocalKms, startKms } from '@tributary/local/kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKmsClient } from './kms-client.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const config = (endpoint: string) => ({ endpoint, region: 'us-east-1', credentials });
const context = { org: 'a', connection: 'b' };

let kms: LocalKms;
beforeAll(async () => {
  kms = await startKms();
});
afterAll(() => kms.stop());

const createKey = async () => {
  const { KeyMetadata } = await new kmsSdk.KMSClient(config(kms.url)).send(new kmsSdk.CreateKeyCommand({}));
  return KeyMetadata?.Arn as string;
};

describe('the data key service, with the real SDK against the stand-in', { timeout: 60_000 }, () => {
  it('unwraps what it wrapped', async () => {
    const service = createKmsClient(config(kms.url));
    const { plaintext, wrapped } = await service.generateDataKey({ keyArn: kms.keyArn, context });
    expect(plaintext).toHaveLength(32);
    const unwrapped = await service.decrypt({ keyArn: kms.keyArn, context, wrapped });
    expect(Buffer.from(unwrapped)).toEqual(Buffer.from(plaintext));
  });

  it('calls another context, another blob or another key unreadable', async () => {
    const service = createKmsClient(config(kms.url));
    const { wrapped } = await service.generateDataKey({ keyArn: kms.keyArn, context });
    const refusal = { name: 'PermanentFailure', reason: 'credential_unreadable' };
    const elsewhere = { ...context, connection: 'c' };
    const decrypt = (request: object) => service.decrypt({ keyArn: kms.keyArn, context, wrapped, ...request });
    await expect(decrypt({ context: elsewhere })).rejects.toMatchObject(refusal);
    await expect(decrypt({ wrapped: wrapped.subarray(1) })).rejects.toMatchObject(refusal);
    await expect(decrypt({ wrapped: new Uint8Array() })).rejects.toMatchObject(refusal);
  });

  it('calls a blob of another key of the same service unreadable', async () => {
    const service = createKmsClient(config(kms.url));
    const second = await createKey();
    const { wrapped } = await service.generateDataKey({ keyArn: second, context });
    const refusal = { name: 'PermanentFailure', reason: 'credential_unreadable' };
    await expect(service.decrypt({ keyArn: kms.keyArn, context, wrapped })).rejects.toMatchObject(refusal);
    expect(await service.decrypt({ keyArn: second, context, wrapped })).toHaveLength(32);
  });

  it.each(['ThrottlingException', 'KMSInternalException', 'DependencyTimeoutException'] as const)(
    'tries again after %s, three times in all',
    async (error) => {
      const service = createKmsClient(config(kms.url));
      const generate = () => service.generateDataKey({ keyArn: kms.keyArn, context });
      kms.disturb({ error, times: 2 });
      await expect(generate()).resolves.toMatchObject({ wrapped: expect.any(Uint8Array) });
      kms.disturb({ error, times: 3 });
      await expect(generate()).rejects.toMatchObject({ name: error });
    },
  );

  it('does not call a refusal that may pass unreadable', async () => {
    const service = createKmsClient({ ...config(kms.url), maxAttempts: 1 });
    const { wrapped } = await service.generateDataKey({ keyArn: kms.keyArn, context });
    for (const error of ['AccessDeniedException', 'KeyUnavailableException', 'ThrottlingException'] as const) {
      kms.disturb({ error, times: 1 });
      await expect(service.decrypt({ keyArn: kms.keyArn, context, wrapped })).rejects.toMatchObject({ name: error });
    }
  });

  it('gives up on an answer that takes too long', async () => {
    const service = createKmsClient({
      ...config(kms.url),
      maxAttempts: 1,
      requestHandler: { requestTimeout: 100, throwOnRequestTimeout: true },
    });
    kms.disturb({ delayMs: 3_600_000, times: 1 });
    const generate = () => service.generateDataKey({ keyArn: kms.keyArn, context });
    await expect(generate()).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(generate()).resolves.toMatchObject({ wrapped: expect.any(Uint8Array) });
  });

  it('gives up on a service that accepts and never answers', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((done) => silent.once('listening', done));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const service = createKmsClient({ ...config(url), maxAttempts: 1 });
    await expect(service.generateDataKey({ keyArn: kms.keyArn, context })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    silent.closeAllConnections();
    silent.close();
  });
});

describe('the stand-in, as the real SDK sees it', () => {
  const client = () => new kmsSdk.KMSClient({ ...config(kms.url), maxAttempts: 1 });

  it('describes its key', async () => {
    const { KeyMetadata } = await client().send(new kmsSdk.DescribeKeyCommand({ KeyId: kms.keyArn }));
    expect(KeyMetadata).toMatchObject({
      Arn: kms.keyArn,
      Enabled: true,
      KeyState: 'Enabled',
      KeySpec: 'SYMMETRIC_DEFAULT',
    });
  });

  it('answers with the error classes of KMS', async () => {
    const sdk = client();
    const generate = (KeyId: string) => sdk.send(new kmsSdk.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    const { CiphertextBlob } = await generate(kms.keyArn);
    const moved = new kmsSdk.DecryptCommand({ CiphertextBlob, EncryptionContext: { org: 'x' } });
    await expect(sdk.send(moved)).rejects.toBeInstanceOf(kmsSdk.InvalidCiphertextException);
    await expect(generate('nobody')).rejects.toBeInstanceOf(kmsSdk.NotFoundException);

    await sdk.send(new kmsSdk.DisableKeyCommand({ KeyId: kms.keyArn }));
    await expect(generate(kms.keyArn)).rejects.toBeInstanceOf(kmsSdk.DisabledException);
    await sdk.send(new kmsSdk.EnableKeyCommand({ KeyId: kms.keyArn }));
    await expect(generate(kms.keyArn)).resolves.toMatchObject({ KeyId: kms.keyArn });

    const second = await createKey();
    const wrong = new kmsSdk.DecryptCommand({ CiphertextBlob, KeyId: second });
    await expect(sdk.send(wrong)).rejects.toBeInstanceOf(kmsSdk.IncorrectKeyException);
    await expect(sdk.send(new kmsSdk.DecryptCommand({ CiphertextBlob }))).resolves.toMatchObject({ KeyId: kms.keyArn });
    kms.disturb({ error: 'KMSInternalException', times: 1 });
    await expect(generate(second)).rejects.toBeInstanceOf(kmsSdk.KMSInternalException);
  });

  it('rotates a key on demand and opens what its former material wrapped', async () => {
    const sdk = client();
    const generated = await sdk.send(new kmsSdk.GenerateDataKeyCommand({ KeyId: kms.keyArn, KeySpec: 'AES_256' }));
    await sdk.send(new kmsSdk.RotateKeyOnDemandCommand({ KeyId: kms.keyArn }));
    const { Plaintext } = await sdk.send(new kmsSdk.DecryptCommand({ CiphertextBlob: generated.CiphertextBlob }));
    expect(Plaintext).toEqual(generated.Plaintext);
  });
});
