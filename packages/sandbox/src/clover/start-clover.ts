import { startHttpServer } from '../kernel/http-server.ts';
import { type CloverSandbox, type CloverSandboxOptions, createCloverSandbox } from './clover-sandbox.ts';

/**
 * Clover on 127.0.0.1, on a free port unless one is given: OAuth v2, the reads of REST API v3 and webhooks.
 * What it does, and on what ground, is in `behaviours.ts`.
 */
export async function startCloverSandbox(options: CloverSandboxOptions & { port?: number }): Promise<CloverSandbox> {
  const { simulation, setOrigin, ...clover } = createCloverSandbox(options);
  const server = await startHttpServer(simulation, options.port);
  setOrigin(server.url);
  return {
    ...clover,
    url: server.url,
    stop: async () => {
      await clover.stop();
      await server.stop();
    },
  };
}
