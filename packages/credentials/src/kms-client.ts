import type { KMSClient, KMSClientConfig } from '@aws-sdk/client-kms';
import { PermanentFailure } from '@tributary/core/errors';
import type { DataKeyService } from './data-key-service.ts';

/** Errors that say the blob or its context is wrong, whoever asks and however often. */
const unreadable = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

const timeouts: KMSClientConfig = {
  maxAttempts: 3,
  // Without throwOnRequestTimeout the SDK only logs a slow answer and waits on.
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
};

/**
 * AWS KMS as a data key service. The SDK is loaded at the first call, so functions that never open a credential do not pay for it.
 * `config` overrides what the SDK reads from its environment.
 */
export function createKmsClient(config: KMSClientConfig = {}): DataKeyService {
  let connected: Promise<{ sdk: typeof import('@aws-sdk/client-kms'); client: KMSClient }> | undefined;
  const connect = () => {
    connected ??= import('@aws-sdk/client-kms').then((sdk) => ({
      sdk,
      client: new sdk.KMSClient({ ...timeouts, ...config }),
    }));
    return connected;
  };
  return {
    async generateDataKey({ keyArn, context }) {
      const { sdk, client } = await connect();
      const command = new sdk.GenerateDataKeyCommand({
        KeyId: keyArn,
        KeySpec: 'AES_256',
        EncryptionContext: { ...context },
      });
      const { Plaintext: plaintext, CiphertextBlob: wrapped } = await client.send(command);
      if (plaintext === undefined || wrapped === undefined) throw new Error('KMS answered without a key');
      return { plaintext, wrapped };
    },
    async decrypt({ keyArn, context, wrapped }) {
      const { sdk, client } = await connect();
      const command = new sdk.DecryptCommand({
        KeyId: keyArn,
        CiphertextBlob: wrapped,
        EncryptionContext: { ...context },
      });
      const { Plaintext: plaintext } = await client.send(command).catch((error: unknown) => {
        if (error instanceof Error && unreadable.has(error.name)) {
          throw new PermanentFailure('credential_unreadable', 'The data key was wrapped for another place or key.');
        }
        throw error;
      });
      if (plaintext === undefined) throw new Error('KMS answered without a key');
      return plaintext;
    },
  };
}
