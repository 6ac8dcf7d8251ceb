import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Everything that needs no database, side by side: what a commit must pass before anything slower is tried. */
const root = new URL('../../..', import.meta.url).pathname;
const bin = (name: string) => `${root}node_modules/.bin/${name}`;
const config = 'packages/testing/vitest.config.ts';

const steps: Record<string, [command: string, ...words: string[]]> = {
  types: [bin('tsc'), '-p', 'tsconfig.json'],
  'lint and format': [bin('biome'), 'ci', '.'],
  'unused code': [bin('knip'), '--config', 'packages/testing/knip.json'],
  'walls and sizes': [bin('vitest'), 'run', '--config', config, '--project', '!db*', 'walls', 'size-gate', 'openapi'],
};
// SST's platform is 390 MB: checked where it has been installed, which the test command does.
if (existsSync(`${root}.sst/platform`)) steps['infra types'] = [bin('tsc'), '-p', 'infra/tsconfig.json'];

interface Outcome {
  name: string;
  passed: boolean;
  seconds: number;
  output: string;
}

function run(name: string, [command, ...words]: [string, ...string[]]): Promise<Outcome> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, words, { cwd: root });
    let output = '';
    const end = (passed: boolean) => resolve({ name, passed, seconds: (performance.now() - started) / 1000, output });
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => {
      output += error.message;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

const outcomes = await Promise.all(Object.entries(steps).map(([name, step]) => run(name, step)));
for (const { name, passed, seconds, output } of outcomes) {
  if (!passed) process.stdout.write(`${output}\n`);
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)\n`);
}
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;
