import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, type BundleSpec, bundleFunctions } from './bundle.ts';

export interface BundleServer {
  /** For `bundlesFrom`. */
  readonly url: string;
  /** The sources are others: whoever asks next has them bundled again. */
  forget(): void;
  /** Removes the bundles too. */
  stop(): Promise<void>;
}

/** Bundles functions once, when the first asks, for processes that would otherwise each do so: 20 s of CPU for all of the topology. */
export async function startBundleServer(
  root: string,
  specs: Readonly<Record<string, BundleSpec>>,
): Promise<BundleServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bundles-'));
  let bundling: Promise<Bundle[]> | undefined;
  const server = createServer(async (_request, response) => {
    bundling ??= bundleFunctions(root, folder, specs);
    try {
      response.end(JSON.stringify(await bundling));
    } catch (error) {
      response.writeHead(500).end((error as Error).message);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    forget() {
      bundling = undefined;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The bundles of a bundle server; they are shared, so nobody writes to them.
 * @throws what esbuild has to say of a function that cannot be bundled
 */
export async function bundlesFrom(url: string): Promise<Bundle[]> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Bundle[];
}
