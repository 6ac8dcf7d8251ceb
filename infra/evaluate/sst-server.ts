import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What SST's own process is asked to build for a function. */
export interface Build {
  functionID: string;
  handler: string;
  links: Record<string, unknown>;
  copyFiles: { from: string; to: string }[];
}

interface SstServer {
  /** Stands for the built code of every function: nothing is built. */
  bundle: string;
  onBuild(build: Build): void;
}

/** Starts a stand-in for the process SST's platform calls back, and returns its URL. It does not keep this one alive. */
export async function startSstServer({ bundle, onBuild }: SstServer): Promise<string> {
  const answer = (method: string, params: Build[]): unknown => {
    switch (method) {
      case 'Provider.Aws.Bootstrap':
        return { asset: 'assets', assetEcrUrl: '', assetEcrRegistryId: '', state: 'state' };
      case 'Runtime.Build': {
        const [build] = params;
        if (!build) throw new Error('a build names what to build');
        onBuild(build);
        return { handler: build.handler, out: bundle, sourcemaps: [], errors: [] };
      }
      default:
        throw new Error(`no answer for ${method}`);
    }
  };
  const server = createServer(async (request, response) => {
    const { method, params } = JSON.parse((await request.toArray()).join('')) as { method: string; params: Build[] };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ result: answer(method, params) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
