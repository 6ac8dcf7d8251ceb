import { startHttpServer } from '../kernel/http-server.ts';
import { createSquareSandbox, type SquareSandbox, type SquareSandboxOptions } from './sandbox.ts';

/**
 * Simulates Square on 127.0.0.1: OAuth, the resources that are read, webhooks. What it does, and on what ground, is the
 * table in `behaviours.ts`. `port` is a free one unless told.
 */
export async function startSquareSandbox(
  options: SquareSandboxOptions & { port?: number } = {},
): Promise<SquareSandbox & { readonly url: string }> {
  const sandbox = createSquareSandbox(options);
  const server = await startHttpServer(sandbox, options.port);
  return {
    ...sandbox,
    url: server.url,
    stop: async () => {
      await sandbox.stop();
      await server.stop();
    },
  };
}
