import type { Random } from '../kernel/random.ts';
import type { Clock } from '../kernel/timeline.ts';

/** That a user let the app at one organisation. It keeps its id when it is broken and made again. */
export interface Connection {
  readonly id: string;
  readonly userId: string;
  readonly tenantId: string;
  readonly authEventId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface Connections {
  connect(made: { userId: string; tenantId: string; authEventId: string }): void;
  /** Those that hold, in the order of their first making. */
  of(userId: string): readonly Connection[];
  isConnected(userId: string, tenantId: string): boolean;
  /** By any user. */
  hasTenant(tenantId: string): boolean;
  /** Breaks those that match. Answers how many. */
  disconnect(match: { id?: string; userId?: string; tenantId?: string }): number;
}

export function createConnections({ random, now }: { random: Random; now: Clock }): Connections {
  const known = new Map<string, Connection>();
  const usersOf = new Map<string, Set<string>>();
  const isConnected = (userId: string, tenantId: string) => usersOf.get(tenantId)?.has(userId) ?? false;
  const all = () => [...known.values()].filter(({ userId, tenantId }) => isConnected(userId, tenantId));
  return {
    connect: ({ userId, tenantId, authEventId }) => {
      const key = `${userId} ${tenantId}`;
      const { id, createdMs } = known.get(key) ?? { id: random.uuid(), createdMs: now().getTime() };
      known.set(key, { id, userId, tenantId, authEventId, createdMs, updatedMs: now().getTime() });
      usersOf.set(tenantId, (usersOf.get(tenantId) ?? new Set()).add(userId));
    },
    of: (userId) => all().filter((connection) => connection.userId === userId),
    isConnected,
    hasTenant: (tenantId) => (usersOf.get(tenantId)?.size ?? 0) > 0,
    disconnect: ({ id, userId, tenantId }) => {
      const broken = all().filter(
        (connection) =>
          (id ?? connection.id) === connection.id &&
          (userId ?? connection.userId) === connection.userId &&
          (tenantId ?? connection.tenantId) === connection.tenantId,
      );
      for (const connection of broken) usersOf.get(connection.tenantId)?.delete(connection.userId);
      return broken.length;
    },
  };
}
