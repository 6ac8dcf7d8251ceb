import type { Access, AccessTable } from './access.ts';
import { callerRoleSchema, kindOf } from './role.ts';
import type { AnyRoute } from './route.ts';

const pathPattern = /^\/v1(\/([a-z0-9-]+|\{[a-z][A-Za-z0-9]*\}))+$/;
const operationIdPattern = /^[a-z][A-Za-z0-9]*$/;
const scopePattern = /^[a-z][a-z-]*:[a-z][a-z-]*$/;

/** Names in braces, in order: `/v1/wallets/{walletId}` → `['walletId']`. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
}

/**
 * Refuses routes nobody thought through: without a line in the access table that says roles and scope, with undeclared path parameters,
 * or two that answer one request; and lines of the table that no route has.
 * Two templates that match one path clash whatever their methods: which of them says 405 would depend on their order.
 * @throws Error naming the operation; meant to stop the start.
 */
export function assertRoutes(routes: readonly AnyRoute[], access: AccessTable): void {
  for (const [index, route] of routes.entries()) {
    const line = Object.hasOwn(access, route.operationId) ? access[route.operationId] : undefined;
    const wrong = [...faults(route), ...faultsOfAccess(line), ...clashes(route, routes.slice(0, index))];
    if (wrong.length > 0) throw new Error(`Route ${route.operationId || route.path}: ${wrong.join('; ')}`);
  }
  const served = new Set(routes.map(({ operationId }) => operationId));
  const idle = Object.keys(access).filter((operationId) => !served.has(operationId));
  if (idle.length > 0) throw new Error(`Access table: no route is ${idle.join(', ')}`);
}

function faults(route: AnyRoute): string[] {
  const wrong: string[] = [];
  if (!pathPattern.test(route.path)) wrong.push('its path is not a template under /v1');
  if (!operationIdPattern.test(route.operationId)) wrong.push('its operationId is not camelCase');
  if (pathParameters(route.path).sort().join() !== Object.keys(route.params.shape).sort().join()) {
    wrong.push('its params schema and its path name different parameters');
  }
  if (route.body && route.method === 'GET') wrong.push('a GET has no body');
  if (route.idempotent && route.method !== 'POST') wrong.push('only a POST takes an Idempotency-Key');
  return wrong;
}

function faultsOfAccess(line: Access | undefined): string[] {
  if (!line) return ['it is not in the access table'];
  return scopePattern.test(line.scope)
    ? faultsOfRoles(line)
    : [...faultsOfRoles(line), 'it has no scope such as loyalty:read'];
}

function faultsOfRoles({ roles }: Access): string[] {
  if (roles.length === 0) return ['it permits no role'];
  if (!roles.every((role) => callerRoleSchema.safeParse(role).success)) return ['it names an unknown role'];
  return new Set(roles.map(kindOf)).size > 1 ? ['it is for callers of several kinds'] : [];
}

function clashes(route: AnyRoute, earlier: readonly AnyRoute[]): string[] {
  return earlier.flatMap((other) => {
    if (other.operationId === route.operationId) return [`the operationId is taken by ${other.method} ${other.path}`];
    if (other.path === route.path)
      return other.method === route.method ? [`${other.operationId} has the same path`] : [];
    return overlap(other.path, route.path) ? [`its path overlaps the one of ${other.operationId}`] : [];
  });
}

function overlap(a: string, b: string): boolean {
  const left = a.split('/');
  const right = b.split('/');
  return (
    left.length === right.length &&
    left.every((segment, index) => segment === right[index] || segment.startsWith('{') || right[index]?.startsWith('{'))
  );
}
