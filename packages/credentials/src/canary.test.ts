import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { type LocalKms, startKms } from '@tributary/local/kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DataKeyService } from './data-key-service.ts';
import { bytesOf, connectTo, otherId, parts, place, unavailable, unreadable, withPart } from './envelope.fixture.ts';
import { createEnvelope } from './envelope.ts';
import type { Sealed } from './sealed.ts';
import { type WrappingKey, wrappingKey } from './wrapping-key.ts';

const secret = 'canary-token-8Vq2';

let kms: LocalKms;
let key: WrappingKey;
let babbler: Server;
beforeAll(async () => {
  kms = await startKms();
  key = wrappingKey(kms.keyArn);
  // A service that fails with the secret in its answer, as text and as an error.
  babbler = createServer((request, response) => {
    response.statusCode = request.headers['x-amz-target'] === 'TrentService.Decrypt' ? 200 : 400;
    response.end(response.statusCode === 200 ? secret : JSON.stringify({ __type: 'Babble', message: secret }));
  }).listen(0, '127.0.0.1');
  await new Promise((done) => babbler.once('listening', done));
});
afterAll(async () => {
  await kms.stop();
  babbler.closeAllConnections();
  babbler.close();
});

/** A service that notes every plaintext data key that passes through it. */
const watch = (service: DataKeyService, seen: Buffer[]): DataKeyService => ({
  async generateDataKey(request) {
    const answer = await service.generateDataKey(request);
    seen.push(Buffer.from(answer.plaintext));
    return answer;
  },
  async decrypt(request) {
    const plaintext = await service.decrypt(request);
    seen.push(Buffer.from(plaintext));
    return plaintext;
  },
});

const envelopeOn = (service: DataKeyService) => createEnvelope({ kms: service, keys: [key], clock: () => new Date(0) });

const spellings = (bytes: Buffer) =>
  (['utf8', 'latin1', 'base64', 'base64url', 'hex'] as const).map((encoding) =>
    bytes.toString(encoding).replace(/=+$/, ''),
  );

/** Everything a log or an error reporter could make of it. */
const shown = (value: unknown) =>
  [
    inspect(value, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null }),
    JSON.stringify(value),
    String(value),
    value instanceof Error
      ? JSON.stringify({ ...value, message: value.message, stack: value.stack, cause: value.cause })
      : '',
  ].join('\n');

/** Runs it, and returns all it wrote to the console or to the process's streams. */
async function printedBy(work: () => Promise<void>): Promise<string> {
  const printed: unknown[][] = [];
  const record = (...words: unknown[]) => {
    printed.push(words);
    return true;
  };
  const spies = [
    ...(['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(record),
    ),
    vi.spyOn(process.stdout, 'write').mockImplementation(record),
    vi.spyOn(process.stderr, 'write').mockImplementation(record),
  ];
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return printed.flat().map(shown).join('\n');
}

const failing = (failure: unknown): DataKeyService => ({
  generateDataKey: () => Promise.reject(failure),
  decrypt: () => Promise.reject(failure),
});
const answering = (plaintext: Buffer): DataKeyService => ({
  generateDataKey: async () => ({ plaintext: Uint8Array.from(plaintext), wrapped: Uint8Array.of(1) }),
  decrypt: async () => Uint8Array.from(plaintext),
});
const sdkFailure = () => Object.assign(new Error(`parse error near ${secret}`), { $response: { body: secret } });
const disturbed = (error: Parameters<LocalKms['disturb']>[0]['error'] & {}) => {
  kms.disturb({ error, times: 1 });
  return connectTo(kms.url, 1);
};
const babbling = () => connectTo(`http://127.0.0.1:${(babbler.address() as AddressInfo).port}`, 1);
const closed = () => connectTo('http://127.0.0.1:9', 1);

/** Each with what makes it fail, and how it fails. Every one is tried by sealing, opening and sealing anew. */
const services: [string, () => DataKeyService, object][] = [
  ['throttles', () => disturbed('ThrottlingException'), unavailable],
  ['denies', () => disturbed('AccessDeniedException'), unavailable],
  ['fails inside', () => disturbed('KMSInternalException'), unavailable],
  ['is gone', closed, unavailable],
  ['babbles', babbling, unavailable],
  ['fails with the secret in its error', () => failing(sdkFailure()), unavailable],
  ['throws the secret itself', () => failing(secret), unavailable],
  ['answers with a key of another size', () => answering(Buffer.from(`${secret}${secret}`)), unreadable],
];

const storedForms: [string, (sealed: Sealed) => unknown][] = [
  ...parts.map((part): [string, (sealed: Sealed) => unknown] => [
    `its ${part} altered`,
    (sealed) => withPart({ ...sealed }, part, bytesOf(sealed[part]).fill(1)),
  ]),
  ...([...parts, 'keyId'] as const).map((part): [string, (sealed: Sealed) => unknown] => [
    `the secret as its ${part}`,
    (sealed) => ({ ...sealed, [part]: secret }),
  ]),
  ['the secret as its version', (sealed) => ({ ...sealed, v: secret })],
  ['the secret in its place', () => secret],
  ['the secret in clear beside nothing else', () => ({ accessToken: secret })],
];

describe('S7 neither a credential nor its data key shows itself', () => {
  /** Looks for both in everything that was seen, in every spelling. */
  async function expectSilence(work: (watched: (service: DataKeyService) => DataKeyService) => Promise<unknown[]>) {
    const dataKeys: Buffer[] = [];
    let results: unknown[] = [];
    const printed = await printedBy(async () => {
      results = await work((service) => watch(service, dataKeys));
    });
    const text = [printed, ...results.map(shown)].join('\n');
    for (const spelling of [Buffer.from(secret), ...dataKeys].flatMap(spellings)) expect(text).not.toContain(spelling);
    return { dataKeys, results };
  }
  const sealedForReal = () => envelopeOn(connectTo(kms.url)).seal(place, secret);

  it.each(services)('when the key service %s', async (_name, service, refusal) => {
    const sealed = await sealedForReal();
    const attempts = [
      (inner: DataKeyService) => envelopeOn(inner).seal(place, secret),
      (inner: DataKeyService) => envelopeOn(inner).open(place, sealed),
      (inner: DataKeyService) => envelopeOn(inner).reseal(place, sealed),
    ];
    const { results } = await expectSilence(async (watched) => {
      const errors = [];
      for (const attempt of attempts) errors.push(await attempt(watched(service())).catch((error: unknown) => error));
      return errors;
    });
    for (const error of results) expect(error).toMatchObject(refusal);
  });

  it.each(storedForms)('when what is stored has %s', async (_name, alter) => {
    const sealed = await sealedForReal();
    const { results } = await expectSilence(async (watched) => {
      const envelope = envelopeOn(watched(connectTo(kms.url)));
      expect(await envelope.open(place, sealed)).toBe(secret);
      return [
        await envelope.open(place, alter(sealed)).catch((error: unknown) => error),
        await envelope.reseal(place, alter(sealed)).catch((error: unknown) => error),
      ];
    });
    for (const error of results) expect(error).toMatchObject(unreadable);
  });

  it.each([
    ['moved', { ...place, connectionId: otherId }, unreadable],
    ['given the secret as its organization', { ...place, orgId: secret }, { code: 'validation_failed' }],
    ['given the secret as its connection', { ...place, connectionId: secret }, { code: 'validation_failed' }],
    ['given the secret as its field', { ...place, field: secret }, { code: 'validation_failed' }],
  ])('when it is %s', async (_name, where, refusal) => {
    const sealed = await sealedForReal();
    const { results } = await expectSilence(async (watched) => {
      const envelope = envelopeOn(watched(connectTo(kms.url)));
      return [await envelope.open(where, sealed).catch((error: unknown) => error)];
    });
    expect(results[0]).toMatchObject(refusal);
  });

  it('when the keys are misconfigured', async () => {
    const { results } = await expectSilence(async (watched) => {
      const tries = [
        () => wrappingKey(secret),
        () =>
          createEnvelope({
            kms: watched(connectTo(kms.url)),
            keys: [key, { id: key.id, arn: secret }],
            clock: () => new Date(0),
          }),
      ];
      return tries.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return error;
        }
      });
    });
    for (const error of results) expect(error).toBeInstanceOf(Error);
  });

  it('when the envelope, with its keys in memory, and what it sealed are printed', async () => {
    const { dataKeys } = await expectSilence(async (watched) => {
      const envelope = envelopeOn(watched(connectTo(kms.url)));
      const sealed = await envelope.seal(place, secret);
      await envelope.open(place, sealed);
      return [envelope, sealed, await envelope.reseal(place, sealed)];
    });
    expect(dataKeys).toHaveLength(2);
  });
});
