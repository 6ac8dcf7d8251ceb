import { expect, it } from 'vitest';
import { benches } from './benches.ts';
import { list, parseCommandLine, UsageError } from './cli-options.ts';

const parse = (...words: string[]) => parseCommandLine(words, ['receive', 'cold']);

it('takes the name of a bench and its options in any order', () => {
  expect(parse('receive')).toEqual({ name: 'receive', json: false, quick: false });
  expect(parse('--json', 'cold', '--quick')).toEqual({ name: 'cold', json: true, quick: true });
  expect(parse('cold', '--only', 'at start')).toEqual({ name: 'cold', json: false, quick: false, only: 'at start' });
});

it('without a name the benches are listed', () => {
  expect(parse()).toBe('list');
  expect(parse('receive', '--help')).toBe('help');
});

it.each([[['nope']], [['receive', 'cold']], [['receive', '--fast']], [['receive', '--only']], [['constructor']]])(
  'refuses %j',
  (words) => {
    expect(() => parse(...words)).toThrow(UsageError);
  },
);

it('the list has one line for each bench', () => {
  const lines = list(benches).trimEnd().split('\n');
  expect(lines).toHaveLength(Object.keys(benches).length);
  for (const [index, name] of Object.keys(benches).entries())
    expect(lines[index]).toMatch(new RegExp(`^ +${name} +\\S`));
});
