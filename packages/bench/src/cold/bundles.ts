import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FunctionName, functions, routes } from '@tributary/infra/topology';
import { type Bundle, bundleFunctions, projectRoot } from '@tributary/local/bundle';

/** What a function may weigh and cost at start. A thousand bytes are one KB. */
export interface Limits {
  /** Loaded at start. */
  initialBytes: number;
  /** With the chunks loaded on demand. */
  totalBytes: number;
  /** CPU of loading it, over a bare Node. */
  initCpuMs: number;
}

// A provider waits for a webhook's first answer, and the function does next to nothing.
const webhookLimits: Limits = { initialBytes: 150_000, totalBytes: 450_000, initCpuMs: 60 };
const otherLimits: Limits = { initialBytes: 1_200_000, totalBytes: 1_200_000, initCpuMs: 200 };

export const webhookFunctions: readonly FunctionName[] = routes
  .filter(({ surface }) => surface === 'webhook')
  .map((route) => route.function);

export function limitsOf(name: FunctionName): Limits {
  return webhookFunctions.includes(name) ? webhookLimits : otherLimits;
}

export interface FunctionBundle extends Bundle {
  functionName: FunctionName;
  totalBytes: number;
}

export function toFunctionBundle(bundle: Bundle): FunctionBundle {
  const functionName = bundle.functionName as FunctionName;
  return { ...bundle, functionName, totalBytes: bundle.initialBytes + bundle.lazyBytes };
}

/**
 * Bundles every function of the topology as it is deployed, into a folder that lives as long as `use`.
 * @throws BundleError
 */
export async function withBundles<Result>(
  use: (bundles: readonly FunctionBundle[]) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bundles-'));
  try {
    return await use((await bundleFunctions(projectRoot, folder, functions)).map(toFunctionBundle));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** npm packages, and packages of ours as `packages/<name>`, with code in a bundle, lazy chunks included: read from its source maps. */
export function packagesIn({ folder }: Bundle): ReadonlySet<string> {
  const maps = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.mjs.map'));
  const sources = maps.flatMap(
    (file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { sources: string[] }).sources,
  );
  return new Set(sources.flatMap(packageOf));
}

function packageOf(source: string): string[] {
  // The last one: pnpm keeps packages in a node_modules of their own.
  const installed = source.split('node_modules/').at(-1) ?? '';
  if (installed !== source) return [/^(@[^/]+\/)?[^/]+/.exec(installed)?.[0] ?? installed];
  const ours = /(?:^|\/)(packages\/[^/]+)\//.exec(source)?.[1];
  return ours === undefined ? [] : [ours];
}
