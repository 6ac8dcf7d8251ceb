import type { CallerRole } from './role.ts';

/** What a call weighs where calls are limited: a look, a change, or what asks providers or reads through much. */
export type Cost = 'read' | 'write' | 'heavy';

/** Who may call one operation. */
export interface Access {
  /** The roles that may, of one kind of caller: members', the consumers', or people's. */
  readonly roles: readonly CallerRole[];
  /** What a scoped credential must have been granted: `loyalty:read`. */
  readonly scope: string;
  readonly cost: Cost;
}

/** Who may call what, by operationId: a line for each route and no other, or nothing starts (`assertRoutes`). */
export type AccessTable = Readonly<Record<string, Access>>;

/** The line of an operation. @throws Error for one that has none */
export function accessOf(access: AccessTable, operationId: string): Access {
  const line = Object.hasOwn(access, operationId) ? access[operationId] : undefined;
  if (!line) throw new Error(`${operationId} is not in the access table`);
  return line;
}
