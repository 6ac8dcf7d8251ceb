import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FunctionSpec } from '../specs.ts';
import { functions } from '../topology.ts';
import type { Created } from './created.ts';
import { ensurePlatform, platform, projectRoot } from './platform.ts';

/** Placeholders for what a deploy is given; none of them reaches a network. */
const specs: FunctionSpec[] = Object.values(functions);
const stageVariables = {
  NEON_PROJECT_ID: 'project',
  ...Object.fromEntries(specs.flatMap((spec) => spec.settings ?? []).map((name) => [name, `https://${name}.test`])),
  ...Object.fromEntries(
    specs.flatMap((spec) => spec.secrets ?? []).map((name) => [`SST_SECRET_${name}`, '["made-up"]']),
  ),
};

/** Evaluates `sst.config.ts` for a stage without an account or a network, and returns what it would create. */
export async function evaluate(stage: string): Promise<Created[]> {
  await ensurePlatform();
  const scratch = await mkdtemp(join(tmpdir(), 'tributary-infra-'));
  const program = join(platform, `evaluate-${process.pid}.mjs`);
  try {
    await bundle({ program, platform, stage, scratch });
    const result = join(scratch, 'created.json');
    const built = join(scratch, 'bundle');
    await mkdir(built);
    await writeFile(join(built, 'bundle.mjs'), 'export const handler = () => {};');
    await promisify(execFile)(process.execPath, ['--no-warnings', program, result, built], {
      cwd: projectRoot,
      timeout: 120_000,
      env: { PATH: process.env.PATH, HOME: scratch, ...stageVariables },
    });
    return JSON.parse(await readFile(result, 'utf8')) as Created[];
  } finally {
    await rm(program, { force: true });
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Bundles the program next to the platform, with the globals SST would define. */
async function bundle({
  program,
  platform,
  stage,
  scratch,
}: Record<'program' | 'platform' | 'stage' | 'scratch', string>) {
  const esbuild = createRequire(join(platform, 'package.json'))('esbuild');
  const paths = { root: projectRoot, work: scratch, platform, home: scratch };
  const app = {
    name: 'tributary',
    stage,
    removal: 'retain',
    protect: true,
    providers: { aws: { region: 'eu-west-1' } },
  };
  await esbuild.build({
    entryPoints: [join(import.meta.dirname, 'program.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
    inject: [join(platform, 'src/shim/run.js')],
    tsconfigRaw: {},
    define: {
      $app: JSON.stringify(app),
      $cli: JSON.stringify({ command: 'deploy', paths, state: { version: {} }, rpc: '' }),
      $dev: 'false',
    },
  });
}
