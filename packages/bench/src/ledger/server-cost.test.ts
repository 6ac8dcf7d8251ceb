import { expect, it } from 'vitest';
import { readProcessTimes } from './server-cost.ts';

const after = 'S 41 52 52 0 -1 4194560 900 80 3 4 25 17 600 90 20 0 1 0 12345 999 888';

it.each(['postgres', 'postgres: worker (a b) 1 2', ') S 9'])('reads the times of a process called %j', (command) => {
  expect(readProcessTimes(`52 (${command}) ${after}\n`)).toEqual({ parentPid: 41, own: 42, ended: 690 });
});
