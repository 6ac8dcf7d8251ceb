import { expect, test } from 'vitest';
import { parseCommandLine, UsageError } from './cli-options.ts';

test('commands and options are read, with a default port for dev', () => {
  expect(parseCommandLine(['dev'])).toEqual({ command: 'dev', reset: false, port: 3000, json: false });
  expect(parseCommandLine(['demo', '--json'])).toEqual({ command: 'demo', reset: false, port: 0, json: true });
  expect(parseCommandLine(['--reset', 'dev', '--port', '4000'])).toMatchObject({ reset: true, port: 4000 });
  expect(parseCommandLine(['demo', '--help'])).toBe('help');
});

test.each([
  [[]],
  [['serve']],
  [['dev', 'demo']],
  [['dev', '--fast']],
  [['dev', '--port', 'abc']],
  [['dev', '--port', '70000']],
  [['dev', '--port', '-1']],
  [['dev', '--port']],
])('%j is refused', (words) => {
  expect(() => parseCommandLine(words)).toThrow(UsageError);
});
