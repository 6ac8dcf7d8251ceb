import { join } from 'node:path';
import { BundleError, projectRoot } from './bundle.ts';
import { type CliOptions, type Command, type Demo, parseCommandLine, UsageError, usage } from './cli-options.ts';
import { LockedError } from './lock-file.ts';
import { InvocationError } from './stack-options.ts';

const log = (line: string) => void process.stderr.write(`${line}\n`);

/** A package manager in front of us passes on the Ctrl-C the terminal has already sent: that is not a second one. */
const echoMs = 500;

/** The first Ctrl-C, SIGTERM or closed terminal asks to stop, the next ends the process; PostgreSQL is stopped either way. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let askedAt = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) askedAt = Date.now();
      else if (Date.now() - askedAt > echoMs) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}

// Loaded when asked for, so that a command line error costs no start-up.
const commands: Readonly<Record<Command, () => Promise<Demo>>> = {
  dev: async () => (await import('./dev.ts')).dev,
  demo: async () => ((await import(`${new URL('./demo.ts', import.meta.url)}`)) as { demo: Demo }).demo,
};

async function main(words: readonly string[]): Promise<number> {
  try {
    const parsed = parseCommandLine(words);
    if (parsed === 'help') {
      process.stdout.write(usage);
      return 0;
    }
    const { command, ...rest } = parsed;
    const dataDir = join(projectRoot, '.local', command);
    const options: CliOptions = { ...rest, dataDir, signal: stopSignal(), log };
    const run = await commands[command]();
    return await run(options);
  } catch (error) {
    if (error instanceof UsageError) {
      log(`${error.message}\n\n${usage}`);
      return 2;
    }
    const expected = error instanceof LockedError || error instanceof BundleError || error instanceof InvocationError;
    log(expected ? error.message : String((error as Error).stack ?? error));
    if (error instanceof InvocationError && error.errorType === 'MigrationError') {
      log('The data here are of another version of the code; `npx pnpm@10 dev --reset` starts from nothing.');
    }
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
