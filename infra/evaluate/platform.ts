import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const projectRoot = join(import.meta.dirname, '../..');
const generated = join(projectRoot, '.sst');
export const platform = join(generated, 'platform');
const stamp = 'installed-for.json';
const attempt = 'install-';

/** What an installed platform must match: the CLI's version and the providers of `sst.config.ts`. */
async function wanted(): Promise<string> {
  const cli = JSON.parse(await readFile(join(projectRoot, 'node_modules/sst/package.json'), 'utf8'));
  const config = await readFile(join(projectRoot, 'sst.config.ts'), 'utf8');
  const providers = /providers: (\{[^}]*\})/.exec(config)?.[1];
  if (!providers) throw new Error('sst.config.ts names no providers');
  return JSON.stringify({ sst: cli.version, providers });
}

/**
 * Puts SST's platform (components, Pulumi, providers) into `.sst/platform`, unless the right one is there already.
 * It is installed elsewhere and moved in whole: an interrupted install leaves only an attempt, which the next one removes.
 */
export async function ensurePlatform(): Promise<'present' | 'installed'> {
  const expected = await wanted();
  const found = await readFile(join(platform, stamp), 'utf8').catch(absent);
  if (found === expected) return 'present';
  await mkdir(generated, { recursive: true });
  for (const name of await readdir(generated)) {
    if (name.startsWith(attempt)) await rm(join(generated, name), { recursive: true, force: true });
  }
  const staging = await mkdtemp(join(generated, attempt));
  try {
    await install(staging);
    await writeFile(join(staging, '.sst/platform', stamp), expected);
    await rm(platform, { recursive: true, force: true });
    await rename(join(staging, '.sst/platform'), platform);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return 'installed';
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

async function install(project: string): Promise<void> {
  // SST bundles the configuration before it looks for its providers.
  for (const name of ['sst.config.ts', 'infra']) await symlink(join(projectRoot, name), join(project, name));
  await promisify(execFile)(join(projectRoot, 'node_modules/.bin/sst'), ['install', '--stage', 'ci'], {
    cwd: project,
    env: {
      ...process.env,
      // No Pulumi or Bun binary is fetched, no package script runs: type-checking and evaluating need neither.
      SST_SKIP_DEPENDENCY_CHECK: 'true',
      SST_NO_BUN: 'true',
      SST_TELEMETRY_DISABLED: 'true',
      npm_config_ignore_scripts: 'true',
    },
  });
}
