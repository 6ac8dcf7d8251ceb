import { PermanentFailure } from '@tributary/core/errors';
import { type createKms, KmsRefusal } from '@tributary/local/kms-operations';
import type { DataKeyService } from './data-key-service.ts';
import { createEnvelope, type Envelope } from './envelope.ts';
import type { CredentialPlace } from './place.ts';
import type { WrappingKeys } from './wrapping-key.ts';

/** A pause before or after something that may be the last thing a process does. */
export type Step = (name: string) => Promise<void>;

/** The stand-in without its wire, with a pause on both sides of each call. */
export function inProcess(kms: ReturnType<typeof createKms>, step: Step = async () => undefined): DataKeyService {
  const call = async (name: string, request: Record<string, unknown>) => {
    await step(`before ${name}`);
    const answer = kms.call(name, request) as { Plaintext: string; CiphertextBlob: string };
    await step(`after ${name}`);
    return answer;
  };
  return {
    async generateDataKey({ keyArn, context }) {
      const answer = await call('GenerateDataKey', { KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context });
      return { plaintext: bytes(answer.Plaintext), wrapped: bytes(answer.CiphertextBlob) };
    },
    async decrypt({ keyArn, context, wrapped }) {
      const CiphertextBlob = Buffer.from(wrapped).toString('base64');
      const answer = await call('Decrypt', { KeyId: keyArn, CiphertextBlob, EncryptionContext: context }).catch(
        (error: unknown) => {
          const unreadable = ['InvalidCiphertextException', 'IncorrectKeyException'];
          if (!(error instanceof KmsRefusal) || !unreadable.includes(error.name)) throw error;
          throw new PermanentFailure('credential_unreadable', error.name);
        },
      );
      return bytes(answer.Plaintext);
    },
  };
}

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

export const openedBy = (kms: ReturnType<typeof createKms>, keys: WrappingKeys): Envelope =>
  createEnvelope({ kms: inProcess(kms), keys, clock: () => new Date(0) });

/** One row of a table: what is sealed, and the version it is compared by before it is replaced. */
export interface Row {
  readonly place: CredentialPlace;
  version: number;
  sealed: unknown;
  /** What the last one to write it meant. */
  truth: string;
}

interface Surroundings {
  rows: readonly Row[];
  envelope: Envelope;
  step: Step;
}

export type Work = (surroundings: Surroundings) => Promise<void>;

const replace = (row: Row, sealed: unknown, truth = row.truth) =>
  Object.assign(row, { version: row.version + 1, sealed, truth });

const replaceUnchanged = (row: Row, version: number, sealed: unknown, truth?: string) =>
  row.version === version && replace(row, sealed, truth);

interface Writing {
  store: (row: Row, versionRead: number, resealed: unknown) => void;
  prepare?: (row: Row) => void;
}

/** A job that makes every row current. */
const resealBy =
  ({ store, prepare = () => undefined }: Writing): Work =>
  async ({ rows, envelope, step }) => {
    for (const row of rows) {
      await step('before reading');
      const { version, sealed } = row;
      await step('after reading');
      if (envelope.isCurrent(sealed)) continue;
      prepare(row);
      const resealed = await envelope.reseal(row.place, sealed);
      await step('before writing');
      store(row, version, resealed);
      await step('after writing');
    }
  };

/** A row that changed meanwhile is left to whoever changed it, and met again by the next run. */
export const resealRows = resealBy({ store: replaceUnchanged });

/** The first mistake one makes: it writes whatever happened meanwhile. */
export const resealBlindly = resealBy({ store: (row, _versionRead, resealed) => replace(row, resealed) });

/** The second: between erasing and writing there is nothing. */
export const resealInTwoWrites = resealBy({
  store: replaceUnchanged,
  prepare: (row) => {
    row.sealed = null;
  },
});

/** A process at its ordinary work: opens each token, and stores a renewed one where the old one still stands. */
export const renewTokens =
  (writer: string): Work =>
  async ({ rows, envelope, step }) => {
    for (const row of rows) {
      await step('before reading');
      const { version, sealed } = row;
      await step('after reading');
      const former = await envelope.open(row.place, sealed);
      const renewed = `${former} ${writer}`;
      const resealed = await envelope.seal(row.place, renewed);
      await step('before writing');
      replaceUnchanged(row, version, resealed, renewed);
      await step('after writing');
    }
  };
