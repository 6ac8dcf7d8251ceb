import { randomBytes } from 'node:crypto';
import { isWrappedBy, type KmsKey, newKey, newMaterial, unwrap, wrap } from './kms-key.ts';
import { loadKeys, saveKeys } from './kms-key-file.ts';

type Request = Readonly<Record<string, unknown>>;

/** A refusal as KMS words it: the SDK turns `name` into the error class. */
export class KmsRefusal extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

interface Keys {
  readonly all: KmsKey[];
  /** Called after each change. */
  save(): void;
}

const operations: Readonly<Record<string, (keys: Keys, request: Request) => object>> = {
  CreateKey(keys) {
    const key = newKey();
    keys.all.push(key);
    keys.save();
    return { KeyMetadata: describe(key) };
  },
  DescribeKey: (keys, { KeyId }) => ({ KeyMetadata: describe(known(keys, KeyId)) }),
  EnableKey: (keys, { KeyId }) => setEnabled(keys, KeyId, true),
  DisableKey: (keys, { KeyId }) => setEnabled(keys, KeyId, false),
  RotateKeyOnDemand(keys, { KeyId }) {
    const key = usable(known(keys, KeyId));
    key.materials.push(newMaterial());
    keys.save();
    return { KeyId: key.arn };
  },
  GenerateDataKey(keys, request) {
    const key = usable(known(keys, request.KeyId));
    const plaintext = randomBytes(dataKeyBytes(request));
    return {
      KeyId: key.arn,
      Plaintext: plaintext.toString('base64'),
      CiphertextBlob: wrap(key, plaintext, contextBytes(request)).toString('base64'),
    };
  },
  Decrypt(keys, request) {
    const named = request.KeyId === undefined ? undefined : usable(known(keys, request.KeyId));
    if (typeof request.CiphertextBlob !== 'string') throw invalid('CiphertextBlob is missing');
    const context = contextBytes(request);
    const blob = Buffer.from(request.CiphertextBlob, 'base64');
    const key = keys.all.find((candidate) => isWrappedBy(candidate, blob));
    if (key && named && key !== named) throw new KmsRefusal('IncorrectKeyException', 'Another key wrapped this.');
    const plaintext = key && unwrap(key, blob, context);
    // One answer for every reason, as KMS does: a caller learns nothing about which part was wrong.
    if (!key || !plaintext) throw new KmsRefusal('InvalidCiphertextException', '');
    usable(key);
    return { KeyId: key.arn, Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  },
};

/** The stand-in without its wire: keys and the operations on them. With a `keyFile` they outlive the process. */
export function createKms(keyFile?: string) {
  const loaded = keyFile === undefined ? undefined : loadKeys(keyFile);
  const keys: Keys = {
    all: loaded ?? [newKey()],
    save: () => keyFile !== undefined && saveKeys(keyFile, keys.all),
  };
  if (loaded === undefined) keys.save();
  return {
    keyArn: (keys.all[0] as KmsKey).arn,
    /**
     * One operation by the name KMS has for it, with request and answer as KMS writes them in JSON.
     * @throws KmsRefusal with the error's name.
     */
    call(name: string, request: Request): object {
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (operation === undefined) throw new KmsRefusal('UnknownOperationException', `Not offered here: ${name}`);
      return operation(keys, request);
    },
  };
}

function setEnabled(keys: Keys, keyId: unknown, enabled: boolean): object {
  known(keys, keyId).enabled = enabled;
  keys.save();
  return {};
}

function contextBytes(request: Request): Buffer {
  const context = request.EncryptionContext ?? {};
  if (typeof context !== 'object' || context === null) throw invalid('EncryptionContext is not a map');
  const pairs = Object.entries(context);
  if (pairs.some(([, value]) => typeof value !== 'string'))
    throw invalid('EncryptionContext holds a value that is no string');
  return Buffer.from(JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1))));
}

function dataKeyBytes(request: Request): number {
  const { KeySpec: spec, NumberOfBytes: count } = request;
  if ((spec === undefined) === (count === undefined)) throw invalid('Give either KeySpec or NumberOfBytes.');
  if (spec === 'AES_256') return 32;
  if (spec === 'AES_128') return 16;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= 1024) return count;
  throw invalid('KeySpec or NumberOfBytes is out of range.');
}

function known(keys: Keys, keyId: unknown): KmsKey {
  if (typeof keyId !== 'string' || keyId === '') throw invalid('KeyId is missing');
  const key = keys.all.find(({ arn, id }) => keyId === arn || keyId === id);
  if (key === undefined) throw new KmsRefusal('NotFoundException', `Key '${keyId}' does not exist`);
  return key;
}

function usable(key: KmsKey): KmsKey {
  if (!key.enabled) throw new KmsRefusal('DisabledException', `${key.arn} is disabled.`);
  return key;
}

function describe(key: KmsKey): object {
  return {
    Arn: key.arn,
    KeyId: key.id,
    Enabled: key.enabled,
    KeyState: key.enabled ? 'Enabled' : 'Disabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeySpec: 'SYMMETRIC_DEFAULT',
  };
}

function invalid(message: string): KmsRefusal {
  return new KmsRefusal('ValidationException', message);
}
