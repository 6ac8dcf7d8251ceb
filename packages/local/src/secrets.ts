import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SecretName } from '@tributary/infra/specs';

export type Secrets = Readonly<Record<SecretName, string>>;

function generated(): Secrets {
  return {
    SquareSignatureKeys: JSON.stringify([randomBytes(16).toString('base64url')]),
    CloverAuthCodes: JSON.stringify([randomBytes(16).toString('hex')]),
    XeroWebhookKeys: JSON.stringify([randomBytes(32).toString('base64')]),
    SquareClientSecret: randomBytes(16).toString('base64url'),
    CloverClientSecret: randomBytes(16).toString('base64url'),
    XeroClientSecret: randomBytes(16).toString('base64url'),
    ConnectKey: randomBytes(32).toString('base64'),
    CursorKey: randomBytes(32).toString('base64'),
    EdgeKeys: randomBytes(32).toString('base64'),
    AuthSecrets: JSON.stringify([{ version: 1, value: randomBytes(32).toString('base64') }]),
  };
}

/** Values of the secrets on this machine: generated once and kept in `file`, readable by its owner only; `overrides` win. */
export function loadSecrets(file: string, overrides: Partial<Secrets> = {}): Secrets {
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {};
  const secrets = { ...generated(), ...kept };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return { ...secrets, ...overrides };
}
