import { parseArgs } from 'node:util';

/** What both commands take; `demo.ts` exports `demo: (options: CliOptions) => Promise<number>`, an exit status. */
export interface CliOptions {
  /** Folder of what lasts between runs. */
  dataDir: string;
  /** Start from nothing. */
  reset: boolean;
  /** Wanted port of the gateway; the next free one if taken. */
  port: number;
  /** Machine-readable output on stdout. */
  json: boolean;
  /** Ends when the user asks to stop. */
  signal: AbortSignal;
  /** Writes a line to stderr. */
  log: (line: string) => void;
}

export type Demo = (options: CliOptions) => Promise<number>;
export type Command = 'dev' | 'demo';

export const usage = `Usage: npx pnpm@10 <command> [options]

Commands
  dev    runs the whole stack until Ctrl-C, rebuilding functions as files change
  demo   plays provider payloads through the stack and prints what became of them

Options
  --reset      start from nothing
  --port <n>   port of the gateway, or the next free one (default 3000; demo: any)
  --json       print JSON to stdout
  --help       print this
`;

/** The command line was not understood; `message` says what. */
export class UsageError extends Error {}

function readPort(text: string | undefined, command: Command): number {
  if (text === undefined) return command === 'dev' ? 3000 : 0;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new UsageError(`--port ${text}: a number from 0 to 65535 is expected.`);
  return port;
}

export type ParsedCommandLine = 'help' | { command: Command; reset: boolean; port: number; json: boolean };

/** @throws UsageError for an unknown command or option. */
export function parseCommandLine(words: readonly string[]): ParsedCommandLine {
  let parsed: { values: { reset?: boolean; json?: boolean; help?: boolean; port?: string }; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        reset: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        port: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.help === true) return 'help';
  const [command, ...more] = positionals;
  if (command !== 'dev' && command !== 'demo') throw new UsageError(`Unknown command: ${command ?? '(none)'}`);
  if (more.length > 0) throw new UsageError(`Unexpected: ${more.join(' ')}`);
  return { command, reset: values.reset === true, port: readPort(values.port, command), json: values.json === true };
}
