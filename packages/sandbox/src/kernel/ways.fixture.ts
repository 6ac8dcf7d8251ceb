import type { SandboxServer } from './http-server.ts';
import { createSandboxFetch } from './sandbox-fetch.ts';
import type { Simulation } from './simulation.ts';

type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** How a simulation can be asked; which one, and at which server, is looked up at each request. */
export const waysTo = (reach: () => { simulation: Simulation; server: SandboxServer }): [way: string, ask: Ask][] => [
  ['over HTTP', (path, init) => fetch(`${reach().server.url}${path}`, init)],
  ['without a network', (path, init) => createSandboxFetch(reach().simulation)(`http://provider.invalid${path}`, init)],
];
