import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readRecorded, recordedAnswers } from './recorded-answers.ts';

const answer = (path: string, said: unknown) => ({
  request: `GET ${path}`,
  body: said === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(said)),
});

describe('recorded answers', () => {
  it('are found by what was asked, and in order where it was asked again', async () => {
    const call = recordedAnswers([answer('a', 1), answer('b', 2), answer('a', 3)], 'not_found');
    const asked = [];
    for (const path of ['b', 'a', 'a', 'a']) asked.push(await call({ path }, z.number()));
    expect(asked).toEqual([2, 1, 3, 3]);
  });

  it('may be nothing, as of a list in which nothing changed', async () => {
    const call = recordedAnswers([answer('a', undefined)], 'not_found');
    expect(await call({ path: 'a' }, z.number().optional())).toBeUndefined();
  });

  it('are no answer in another shape', async () => {
    const call = recordedAnswers([answer('a', 'one')], 'not_found');
    await expect(call({ path: 'a' }, z.number())).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it.each(['not_found', 'invalid_response'])(
    'that are missing were refused as %s, if that let it go on',
    async (kind) => {
      const read = readRecorded([], async (call) =>
        call({ path: 'a' }, z.number()).catch((error) => {
          if (error.kind === kind) return 'without';
          throw error;
        }),
      );
      expect(await read).toBe('without');
    },
  );

  it('that are missing where nothing goes on without are told', async () => {
    await expect(readRecorded([], (call) => call({ path: 'a' }, z.number()))).rejects.toMatchObject({
      kind: 'invalid_response',
    });
  });
});
