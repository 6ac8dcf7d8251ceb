import { cpSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import {
  type BuildFailure,
  type BuildResult,
  build,
  context,
  formatMessages,
  type Message,
  type Metafile,
} from 'esbuild';
import { bundleOptions } from './bundle-options.ts';

export interface BundleSpec {
  /** File and export relative to the project root: `functions/ops/migrate.handler`. */
  handler: string;
  /** Folders and files put beside the code. */
  ships?: readonly string[];
}

export interface Bundle {
  functionName: string;
  /** Folder that is `LAMBDA_TASK_ROOT`. */
  folder: string;
  /** Absolute path of the entry file. */
  entry: string;
  exportName: string;
  /** Bytes loaded at start: the entry and what it imports statically. */
  initialBytes: number;
  /** Bytes of the chunks loaded only when asked for. */
  lazyBytes: number;
}

interface BundleJob {
  functionName: string;
  folder: string;
  source: string;
  entry: string;
  exportName: string;
  ships: readonly string[];
}

/** A function cannot be bundled; the message has esbuild's errors with file and line. */
export class BundleError extends Error {
  constructor(functionName: string, description: string) {
    super(`${functionName} cannot be bundled:\n${description}`);
    this.name = 'BundleError';
  }
}

async function describe(errors: Message[]): Promise<string> {
  return (await formatMessages(errors, { kind: 'error' })).join('\n').trimEnd();
}

function jobOf(root: string, outDir: string, functionName: string, spec: BundleSpec): BundleJob {
  const dot = spec.handler.lastIndexOf('.');
  const path = spec.handler.slice(0, dot);
  const folder = resolve(root, outDir, functionName);
  const place = { functionName, folder, source: `${path}.ts`, entry: join(folder, `${path}.mjs`) };
  return { ...place, exportName: spec.handler.slice(dot + 1), ships: spec.ships ?? [] };
}

function esbuildOptions(root: string, job: BundleJob) {
  const options = { entryPoints: [job.source], absWorkingDir: root, outdir: job.folder, outbase: '.' };
  return { ...bundleOptions, ...options, metafile: true as const };
}

function sizes(metafile: Metafile, entry: string): { initialBytes: number; lazyBytes: number } {
  const initial = new Set<string>();
  const visit = (file: string) => {
    const output = metafile.outputs[file];
    if (output === undefined || initial.has(file)) return;
    initial.add(file);
    for (const imported of output.imports) if (imported.kind === 'import-statement') visit(imported.path);
  };
  visit(entry);
  const bytesOf = (wanted: (file: string) => boolean) =>
    Object.entries(metafile.outputs)
      .filter(([file]) => file.endsWith('.mjs') && wanted(file))
      .reduce((sum, [, output]) => sum + output.bytes, 0);
  return { initialBytes: bytesOf((file) => initial.has(file)), lazyBytes: bytesOf((file) => !initial.has(file)) };
}

function ship(root: string, job: BundleJob): void {
  for (const path of job.ships) cpSync(resolve(root, path), join(job.folder, path), { recursive: true });
}

function bundleOf(root: string, job: BundleJob, result: BuildResult<{ metafile: true }>): Bundle {
  const { functionName, folder, entry, exportName } = job;
  return { functionName, folder, entry, exportName, ...sizes(result.metafile, relative(root, entry)) };
}

/**
 * Bundles functions as they are deployed, each into `outDir/<functionName>`.
 * @throws BundleError
 */
export async function bundleFunctions(
  root: string,
  outDir: string,
  specs: Readonly<Record<string, BundleSpec>>,
): Promise<Bundle[]> {
  const bundleOne = async (functionName: string, spec: BundleSpec) => {
    const job = jobOf(root, outDir, functionName, spec);
    rmSync(job.folder, { recursive: true, force: true });
    const result = await build(esbuildOptions(root, job)).catch(async (error: Partial<BuildFailure>) => {
      throw new BundleError(functionName, await describe(error.errors ?? []));
    });
    ship(root, job);
    return bundleOf(root, job, result);
  };
  return Promise.all(Object.entries(specs).map(([functionName, spec]) => bundleOne(functionName, spec)));
}

/** Bundles again whenever a source file changes; a failing build is logged and leaves the last good bundle in place. */
export async function watchFunctions(
  root: string,
  outDir: string,
  specs: Readonly<Record<string, BundleSpec>>,
  onRebuilt: (bundle: Bundle) => void,
  log: (line: string) => void,
): Promise<{ stop(): Promise<void> }> {
  const watchOne = async (functionName: string, spec: BundleSpec) => {
    const job = jobOf(root, outDir, functionName, spec);
    let first = true;
    const report = async (result: BuildResult<{ metafile: true }>) => {
      const wasFirst = first;
      first = false;
      if (result.errors.length > 0) {
        log(await describe(result.errors));
      } else if (!wasFirst) {
        ship(root, job);
        onRebuilt(bundleOf(root, job, result));
      }
    };
    const name = 'report';
    const reporting = {
      name,
      setup: (b: { onEnd: (f: (r: BuildResult) => Promise<void>) => void }) =>
        b.onEnd((result) => report(result as BuildResult<{ metafile: true }>)),
    };
    const watching = await context({ ...esbuildOptions(root, job), plugins: [reporting] });
    await watching.watch();
    return watching;
  };
  const contexts = await Promise.all(Object.entries(specs).map(([name, spec]) => watchOne(name, spec)));
  return {
    async stop() {
      await Promise.all(contexts.map((watching) => watching.dispose()));
    },
  };
}

/** The project root: the folder that holds `functions`, `packages` and `infra`. */
export const projectRoot = resolve(dirname(import.meta.dirname), '..', '..');
