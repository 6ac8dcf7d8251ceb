import { createVirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { describe, expect, it } from 'vitest';
import { codeChallengeOf, codeVerifierOf } from './authorization.ts';
import { readChoice, signChoice } from './choice.ts';

const clock = createVirtualClock(new Date('2026-11-21T09:00:00Z'));
const context = {
  connectKey: Buffer.alloc(32, 9),
  orgId: '019a0000-0000-7000-8000-000000000001',
  subject: 'ann',
  clock: clock.now,
};
const offer = {
  orgId: context.orgId,
  credentialId: '019a0000-0000-7000-8000-000000000002',
  provider: 'xero' as const,
  accounts: [
    { accountRef: 'one', name: 'Kiwi Books' },
    { accountRef: 'two', name: null },
  ],
};

describe('the word by which accounts are chosen', () => {
  const { authorizationId } = signChoice(context, offer);

  it('says what was offered', () => {
    expect(readChoice(context, authorizationId)).toEqual(offer);
  });

  it.each([
    ['another organization', { orgId: '019a0000-0000-7000-8000-000000000003' }],
    ['somebody else', { subject: 'bob' }],
    ['another key', { connectKey: Buffer.alloc(32, 8) }],
  ])('means nothing to %s', (_, change) => {
    expect(() => readChoice({ ...context, ...change }, authorizationId)).toThrowError(
      expect.objectContaining({ code: 'authorization_unknown' }),
    );
  });

  it('means nothing with any bit of it changed, or cut off', () => {
    const bytes = Buffer.from(authorizationId, 'base64url');
    const altered = [...bytes.keys()].map((at) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ (1 << (at % 8));
      return copy;
    });
    for (const wrong of [...altered, ...[...bytes.keys()].map((length) => bytes.subarray(0, length))]) {
      expect(() => readChoice(context, wrong.toString('base64url'))).toThrowError(
        expect.objectContaining({ code: 'authorization_unknown' }),
      );
    }
  });
});

describe('PKCE', () => {
  it('S256 as RFC 7636, appendix B, has it', () => {
    expect(codeChallengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });

  it('a verifier is of one state and one key, and of the form that is asked for', () => {
    const other = Buffer.alloc(32, 8);
    const verifiers = [
      codeVerifierOf(context.connectKey, 'a'),
      codeVerifierOf(context.connectKey, 'b'),
      codeVerifierOf(other, 'a'),
    ];
    expect(new Set(verifiers).size).toBe(3);
    for (const verifier of verifiers) expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(codeVerifierOf(context.connectKey, 'a')).toBe(verifiers[0]);
  });
});
