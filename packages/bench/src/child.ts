import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Where a process may run: server and load generator must not take turns on one core. */
export type Core = 'first' | 'second' | 'any';

const numbers = { first: '0', second: '1' } as const;

/** Whether processes can be held to a core here: it takes two cores and `taskset` (util-linux). */
export const canPin =
  availableParallelism() > 1 &&
  Object.values(numbers).every((core) => spawnSync('taskset', ['-c', core, 'true']).status === 0);

/** A process of a bench that answers questions, one at a time. */
export interface Child {
  ask<Answer>(question: object): Promise<Answer>;
  stop(): Promise<void>;
}

/**
 * Starts a TypeScript file in a process of its own. What it writes to stdout goes nowhere, as cheaply as to a log pipe that is
 * always read; what it says goes over IPC (see `answer`).
 */
export function startChild(
  file: URL,
  words: readonly string[],
  options: { core?: Core; env?: NodeJS.ProcessEnv } = {},
): Child {
  const { core = 'any', env = process.env } = options;
  const pin = core === 'any' || !canPin ? [] : ['taskset', '-c', numbers[core]];
  const [command = '', ...rest] = [...pin, process.execPath, file.pathname, ...words];
  const child = spawn(command, rest, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return {
    ask: (question) => ask(child, question),
    stop: () =>
      new Promise((stopped) => {
        if (child.exitCode !== null || child.signalCode !== null) return stopped();
        child.once('exit', () => stopped());
        child.disconnect();
      }),
  };
}

function ask<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (message: unknown) => {
      settle();
      const { answer, failure } = message as { answer: Answer; failure?: string };
      if (failure === undefined) resolve(answer);
      else reject(new Error(failure));
    };
    const onExit = (code: number | null) => {
      settle();
      reject(new Error(`a process of the bench ended with ${code}`));
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.send(question);
  });
}

/** The other end: answers each question, and ends with the process that asks. */
export function answer<Question>(reply: (question: Question) => unknown): void {
  process.on('message', async (question: Question) => {
    try {
      process.send?.({ answer: await reply(question) });
    } catch (error) {
      process.send?.({ failure: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}
