import { benches } from './benches.ts';
import { list, parseCommandLine, UsageError, usage } from './cli-options.ts';
import { runBench } from './run-bench.ts';

const print = (text: string) => void process.stdout.write(text);
const log = (line: string) => void process.stderr.write(`${line}\n`);

async function main(words: readonly string[]): Promise<number> {
  try {
    const parsed = parseCommandLine(words, Object.keys(benches));
    if (parsed === 'list' || parsed === 'help') {
      print(parsed === 'list' ? list(benches) : usage(benches));
      return 0;
    }
    const bench = benches[parsed.name];
    if (bench === undefined) throw new UsageError(`Unknown bench: ${parsed.name}`);
    return await runBench(parsed.name, bench, parsed, { print, log });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    log(`${error.message}\n\n${usage(benches)}`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
