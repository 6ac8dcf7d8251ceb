import { createSecretKey } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDataKeyCache, type DataKey } from './data-key-cache.ts';

const material = 'canary-key-material-of-32-bytes!';
const dataKey: DataKey = { key: createSecretKey(Buffer.from(material)), wrapped: Buffer.of(1) };

let nowMs: number;
let asked: string[];
let cache: ReturnType<typeof createDataKeyCache>;
beforeEach(() => {
  nowMs = Date.parse('2026-11-20T12:00:00Z');
  asked = [];
  cache = createDataKeyCache(() => new Date(nowMs));
});

const use = (name: string) =>
  cache.use(name, async () => {
    asked.push(name);
    return dataKey;
  });

describe('a data key in memory', () => {
  it('lasts 5 minutes from when it was asked for, not from its last use', async () => {
    await use('a');
    nowMs += 299_999;
    await use('a');
    nowMs += 1;
    await use('a');
    expect(asked).toEqual(['a']);
    nowMs += 1;
    await use('a');
    expect(asked).toEqual(['a', 'a']);
  });

  it('lasts 1,000 uses, the first included', async () => {
    for (let count = 0; count < 1000; count += 1) await use('a');
    expect(asked).toHaveLength(1);
    await use('a');
    expect(asked).toHaveLength(2);
  });

  it('is forgotten when the clock is set back', async () => {
    await use('a');
    nowMs -= 1;
    await use('a');
    expect(asked).toHaveLength(2);
  });

  it('makes room for the 1,001st: the oldest goes', async () => {
    for (let count = 0; count <= 1000; count += 1) await use(`key ${count}`);
    expect(asked).toHaveLength(1001);
    await use('key 1');
    expect(asked).toHaveLength(1001);
    await use('key 0');
    expect(asked.at(-1)).toBe('key 0');
    expect(asked).toHaveLength(1002);
  });

  it('is not kept when asking for it fails', async () => {
    const refuse = () => Promise.reject(new Error('no answer'));
    await expect(Promise.all([cache.use('a', refuse), cache.use('a', refuse)])).rejects.toThrow('no answer');
    expect(await use('a')).toBe(dataKey);
  });

  it('does not show itself when printed', () => {
    expect(inspect(dataKey, { depth: 20, showHidden: true }) + JSON.stringify(dataKey)).not.toContain('canary');
  });
});
