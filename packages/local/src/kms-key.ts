import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';

/** A symmetric key of the stand-in. */
export interface KmsKey {
  readonly id: string;
  readonly arn: string;
  enabled: boolean;
  /** Oldest first: the last one wraps, each unwraps what it wrapped. */
  readonly materials: Buffer[];
}

const formatVersion = 1;
const ivBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + 16;
const algorithm = 'aes-256-gcm';

export function newKey(): KmsKey {
  return toKey(randomUUID(), [newMaterial()]);
}

export function toKey(id: string, materials: Buffer[], enabled = true): KmsKey {
  return { id, arn: `arn:aws:kms:us-east-1:000000000000:key/${id}`, enabled, materials };
}

export function newMaterial(): Buffer {
  return randomBytes(32);
}

/** A blob that names its key, as blobs of KMS do, but not the material: that is tried out. */
export function wrap(key: KmsKey, plaintext: Buffer, context: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const header = headerOf(key);
  const cipher = createCipheriv(algorithm, key.materials.at(-1) as Buffer, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.concat([header, context]));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, iv, cipher.getAuthTag(), ciphertext]);
}

/** Whether the blob says it is this key's. */
export function isWrappedBy(key: KmsKey, blob: Buffer): boolean {
  return blob.subarray(0, headerBytes).equals(headerOf(key));
}

/** The plaintext of a blob of this key; undefined when it was altered or made for another context. */
export function unwrap(key: KmsKey, blob: Buffer, context: Buffer): Buffer | undefined {
  const iv = blob.subarray(headerBytes, headerBytes + ivBytes);
  const tag = blob.subarray(headerBytes + ivBytes, headerBytes + ivBytes + tagBytes);
  if (tag.length !== tagBytes) return undefined;
  const ciphertext = blob.subarray(headerBytes + ivBytes + tagBytes);
  for (const material of key.materials.toReversed()) {
    const decipher = createDecipheriv(algorithm, material, iv, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.concat([blob.subarray(0, headerBytes), context]));
    decipher.setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    } catch {
      // Not this material: an older one may fit.
    }
  }
  return undefined;
}

function headerOf(key: KmsKey): Buffer {
  return Buffer.concat([Buffer.of(formatVersion), Buffer.from(key.id.replaceAll('-', ''), 'hex')]);
}
