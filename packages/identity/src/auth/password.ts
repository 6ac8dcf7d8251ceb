import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

// Node's own since 24.7: 66 ms at this cost, less than hash-wasm, and no native package of 700 KB.
if (typeof argon2 !== 'function') throw new Error('this Node has no argon2: 24.7 or later is required');

const derive = promisify(argon2);

/** OWASP's first choice for argon2id: 46 MiB, one pass. @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const cost = { memory: 47_104, passes: 1, parallelism: 1 };
const tagLength = 32;
const saltLength = 16;

const phcPattern =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43,86})$/;

/** One spelling for one password, however its keyboard composes letters (NIST SP 800-63B-4, 3.1.1.2). */
const message = (password: string) => password.normalize('NFKC');

/** A PHC string: `$argon2id$v=19$m=47104,t=1,p=1$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(saltLength);
  const tag = await derive('argon2id', { message: message(password), nonce, tagLength, ...cost });
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(nonce)}$${unpadded(tag)}`;
}

/** Whether the hash is of that password, at whatever cost it was made. False for what is no such hash. */
export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [, memory, passes, parallelism, salt, tag] = phcPattern.exec(hash) ?? [];
  if (salt === undefined || tag === undefined) return false;
  const expected = Buffer.from(tag, 'base64');
  const found = await derive('argon2id', {
    message: message(password),
    nonce: Buffer.from(salt, 'base64'),
    tagLength: expected.length,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return timingSafeEqual(found, expected);
}

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
