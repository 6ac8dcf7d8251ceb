import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type KmsKey, toKey } from './kms-key.ts';

interface StoredKey {
  id: string;
  enabled: boolean;
  /** Base64, oldest first. */
  materials: string[];
}

/** What a file holds: all keys, or the single key of the first format. */
type Stored = { keys: StoredKey[] } | { id: string; material: string };

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The keys of a file, the first made first; undefined when there is no file yet.
 * @throws Error for a damaged file: it must not silently become other keys.
 */
export function loadKeys(file: string): KmsKey[] | undefined {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as Stored;
    const keys = 'keys' in stored ? stored.keys : [{ id: stored.id, enabled: true, materials: [stored.material] }];
    if (keys.length === 0) throw new Error('no key');
    return keys.map(read);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`The KMS key file ${file} cannot be read.`);
  }
}

/** Replaces the file in one step, readable by its owner only. */
export function saveKeys(file: string, keys: readonly KmsKey[]): void {
  const stored: Stored = {
    keys: keys.map(({ id, enabled, materials }) => ({
      id,
      enabled,
      materials: materials.map((material) => material.toString('base64')),
    })),
  };
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(stored), { mode: 0o600 });
  renameSync(unfinished, file);
}

function read({ id, enabled, materials }: StoredKey): KmsKey {
  const bytes = materials.map((material) => Buffer.from(material, 'base64'));
  const fits = uuidPattern.test(id) && bytes.length > 0 && bytes.every(({ length }) => length === 32);
  if (!fits) throw new Error('not a key');
  return toKey(id, bytes, enabled);
}
