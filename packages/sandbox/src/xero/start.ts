import { startHttpServer } from '../kernel/http-server.ts';
import { createXeroSimulator, type XeroOptions, type XeroSimulator } from './simulator.ts';

export interface XeroSandbox extends XeroSimulator {
  /** Stands for login.xero.com, identity.xero.com and api.xero.com alike. */
  readonly url: string;
  /** Ends the server, and the webhooks. */
  stop(): Promise<void>;
}

/**
 * Simulates Xero on 127.0.0.1: OAuth, connections, the accounting lists, limits and webhooks. What it does, and whether
 * Xero documents it or it is a judgment, is the table in `behaviours.ts`. `createXeroSimulator` is the same without a server.
 */
export async function startXeroSandbox({ port, ...options }: XeroOptions & { port?: number }): Promise<XeroSandbox> {
  const simulator = createXeroSimulator(options);
  const server = await startHttpServer(simulator.simulation, port);
  return {
    ...simulator,
    url: server.url,
    stop: async () => {
      simulator.webhooks.stop();
      await server.stop();
    },
  };
}
