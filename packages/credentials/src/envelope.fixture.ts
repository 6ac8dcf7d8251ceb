import type { DataKeyService } from './data-key-service.ts';
import { createEnvelope } from './envelope.ts';
import { createKmsClient } from './kms-client.ts';
import type { CredentialPlace } from './place.ts';
import type { WrappingKeys } from './wrapping-key.ts';

export const place: CredentialPlace = {
  orgId: '01936d00-0000-7000-8000-000000000001',
  connectionId: '01936d00-0000-7000-8000-0000000000c1',
  field: 'access_token',
};
export const otherId = '01936d00-0000-7000-8000-00000000ffff';
export const unreadable = { name: 'PermanentFailure', reason: 'credential_unreadable' };
export const unavailable = { name: 'AppError', code: 'unavailable' };

/** The real SDK client, to the stand-in at `url`. */
export const connectTo = (url: string, maxAttempts = 3) =>
  createKmsClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts,
  });

/** An envelope with a clock the test moves and a count of calls to KMS. */
export function setUp(using: DataKeyService, keys: WrappingKeys) {
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
  const envelope = createEnvelope({ kms: counted, keys, clock: () => new Date(time.nowMs) });
  return { ...envelope, calls, time };
}

export const parts = ['wrappedKey', 'commitment', 'iv', 'ciphertext', 'tag'] as const;
export type Part = (typeof parts)[number];
/** A stored credential of either version. */
export type Stored = Record<Part, string> & { v: number; keyId?: string };

export const bytesOf = (text: string) => Buffer.from(text, 'base64');
export const withPart = (stored: Stored, part: Part, bytes: Buffer): Stored => ({
  ...stored,
  [part]: bytes.toString('base64'),
});
