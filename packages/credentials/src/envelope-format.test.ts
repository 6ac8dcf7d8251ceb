import { createCipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createEnvelope } from './envelope.ts';

const place = {
  orgId: '01936d00-0000-7000-8000-000000000001',
  connectionId: '01936d00-0000-7000-8000-0000000000c1',
  field: 'access_token',
};
const dataKey = Buffer.alloc(32, 7);
const kms = {
  generateDataKey: async () => ({ plaintext: Uint8Array.from(dataKey), wrapped: Uint8Array.of(1, 2, 3) }),
  decrypt: async () => Uint8Array.from(dataKey),
};
const envelope = createEnvelope({ kms, keyArn: 'arn', clock: () => new Date(0) });

const commitmentOf = (key: Buffer) =>
  createHmac('sha256', key).update('tributary credential v1: key commitment').digest();

/** Version 1 written out a second time, from its description: length-prefixed parts, then AES-256-GCM. */
function sealByHand(commitment: Buffer) {
  const lengths: Record<string, string> = {
    'tributary credential': '00000014',
    v1: '00000002',
    [place.field]: '0000000c',
  };
  const parts = ['tributary credential', 'v1', place.orgId, place.connectionId, place.field].map((text) =>
    Buffer.concat([Buffer.from(lengths[text] ?? '00000024', 'hex'), Buffer.from(text)]),
  );
  const cipher = createCipheriv('aes-256-gcm', dataKey, Buffer.alloc(12, 9));
  cipher.setAAD(Buffer.concat([...parts, Buffer.from('00000020', 'hex'), commitment]));
  const ciphertext = Buffer.concat([cipher.update('token'), cipher.final()]);
  return {
    v: 1,
    wrappedKey: 'AQID',
    commitment: commitment.toString('base64'),
    iv: 'CQkJCQkJCQkJCQkJ',
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

describe('version 1 of a sealed credential', () => {
  it('stays readable: what is stored today opens tomorrow', async () => {
    expect(await envelope.open(place, sealByHand(commitmentOf(dataKey)))).toBe('token');
  });

  it('is refused when it commits to another key, though its tag is right', async () => {
    const forged = sealByHand(commitmentOf(Buffer.alloc(32, 8)));
    await expect(envelope.open(place, forged)).rejects.toMatchObject({ reason: 'credential_unreadable' });
  });
});
