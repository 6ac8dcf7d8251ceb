import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './password.ts';

const password = 'correct horse battery staple';

describe('the hash of a password', () => {
  it('S3-164 is of that password and no other', async () => {
    const hash = await hashPassword(password);
    expect(await verifyPassword({ hash, password })).toBe(true);
    for (const other of ['', `${password} `, password.toUpperCase(), password.slice(0, -1)]) {
      expect(await verifyPassword({ hash, password: other })).toBe(false);
    }
  });

  it('tells how long it takes', async () => {
    const times: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const startedAt = performance.now();
      await hashPassword(password);
      times.push(performance.now() - startedAt);
    }
    const median = times.toSorted((one, other) => one - other)[3] as number;
    expect(times).toHaveLength(7);
    console.info(`argon2id, 46 MiB, one pass: ${Math.round(median)} ms (median of 7)`);
  });

  it.each([
    ['nothing', ''],
    ['bcrypt', '$2b$10$abcdefghijklmnopqrstuv'],
    [
      'another variant',
      '$argon2i$v=19$m=47104,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b27JkT9pIy1yUvSXiqi2IgB4Ag',
    ],
    [
      'a cost without end',
      '$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b27JkT9pIy1yUvSXiqi2IgB4Ag',
    ],
    ['a tag that is cut', '$argon2id$v=19$m=47104,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$Rdescudv'],
  ])('is none that is %s', async (_what, hash) => {
    expect(await verifyPassword({ hash, password })).toBe(false);
  });
});
