import { parseArgs } from 'node:util';

/** The command line was not understood; `message` says what. */
export class UsageError extends Error {}

export type CommandLine = 'list' | 'help' | { name: string; json: boolean; quick: boolean; only?: string };

/** @throws UsageError for an unknown bench or option. */
export function parseCommandLine(words: readonly string[], names: readonly string[]): CommandLine {
  const { values, positionals } = split(words);
  if (values.help === true) return 'help';
  const [name, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`Unexpected: ${more.join(' ')}`);
  if (name === undefined) return 'list';
  if (!names.includes(name)) throw new UsageError(`Unknown bench: ${name}`);
  const only = values.only === undefined ? {} : { only: values.only };
  return { name, json: values.json === true, quick: values.quick === true, ...only };
}

function split(words: readonly string[]) {
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { json: flag, quick: flag, only: { type: 'string' }, help: { ...flag, short: 'h' } },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** One line per bench. */
export function list(benches: Readonly<Record<string, { summary: string }>>): string {
  const width = Math.max(...Object.keys(benches).map((name) => name.length));
  return Object.entries(benches)
    .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`)
    .join('');
}

export const usage = (
  benches: Readonly<Record<string, { summary: string }>>,
) => `Usage: npx pnpm@10 bench [<name>] [options]

Benches (without a name they are listed)
${list(benches)}
Options
  --json         one JSON line per case on stdout
  --quick        fewer rounds: shows that it works, not how fast it is
  --only <text>  cases whose name contains it
  --help         print this
`;
