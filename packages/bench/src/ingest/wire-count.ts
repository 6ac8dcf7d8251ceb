import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface WireCount {
  readonly port: number;
  /** Statements PostgreSQL completed, and times it said it was ready for the next: round trips. Start-up of connections left out. */
  tally(): { statements: number; roundTrips: number };
  stop(): Promise<void>;
}

const commandComplete = 'C'.charCodeAt(0);
const readyForQuery = 'Z'.charCodeAt(0);

/**
 * Sees the type of every message in a stream from PostgreSQL, wherever its chunks are cut: a type byte, then a length that counts itself.
 * @see https://www.postgresql.org/docs/18/protocol-overview.html
 */
export function messageTypes(see: (type: number) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    while (rest.length - start >= 5) {
      const end = start + 1 + rest.readUInt32BE(start + 1);
      if (end > rest.length) break;
      see(rest[start] ?? 0);
      start = end;
    }
    rest = rest.subarray(start);
  };
}

/** A way to PostgreSQL that counts what comes back. */
export async function countWire(postgresPort: number): Promise<WireCount> {
  const counts = { statements: 0, roundTrips: 0 };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const postgres = connect({ port: postgresPort, host: '127.0.0.1', noDelay: true });
    let starting = true;
    const see = messageTypes((type) => {
      if (type === commandComplete) counts.statements += 1;
      if (type === readyForQuery && !starting) counts.roundTrips += 1;
      if (type === readyForQuery) starting = false;
    });
    postgres.on('data', see);
    client.pipe(postgres).pipe(client);
    for (const socket of [client, postgres]) {
      sockets.add(socket);
      // An end broken off ends the other; who uses the connection finds out by itself.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === client ? postgres : client).destroy();
      });
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    tally: () => ({ ...counts }),
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}
