import { type AddressInfo, createServer, type Server } from 'node:net';

/** A port of 127.0.0.1 that stays ours until `release()`, right before the real server binds it. */
export interface ReservedPort {
  readonly port: number;
  release(): Promise<void>;
}

const tries = 50;

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1' }, () => resolve(server));
  });
}

/** Reserves `preferred` or the next free port of the following 50; without a preference, any. */
export async function reservePort(preferred = 0): Promise<ReservedPort> {
  for (let port = preferred; port <= preferred + tries; port += 1) {
    const server = await tryListen(port);
    if (server === undefined) continue;
    const { port: reserved } = server.address() as AddressInfo;
    return { port: reserved, release: () => new Promise((done) => server.close(() => done())) };
  }
  throw new Error(`No free port between ${preferred} and ${preferred + tries}.`);
}

/** A port of 127.0.0.1 the kernel says is free. */
export async function findFreePort(): Promise<number> {
  const { port, release } = await reservePort();
  await release();
  return port;
}

/** True when nothing listens on this port of 127.0.0.1. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = await tryListen(port);
  if (server === undefined) return false;
  await new Promise<void>((done) => server.close(() => done()));
  return true;
}
