import type { ContentFault } from './faults.ts';
import type { Reply, RoutedRequest } from './message.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/v2/payments/:id`: a name stands for one segment. */
  readonly path: string;
  readonly handle: (request: RoutedRequest) => Reply | Promise<Reply>;
  /** The content faults its list can do. */
  readonly contentFaults?: readonly ContentFault[];
}

export interface FoundRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route of a request, or the methods that its path has. */
export type Router = (method: string, path: string) => FoundRoute | { readonly allowed: readonly string[] };

export function createRouter(routes: readonly Route[]): Router {
  const compiled = routes.map((route) => ({ route, pattern: toPattern(route.path) }));
  return (method, path) => {
    const allowed: string[] = [];
    for (const { route, pattern } of compiled) {
      const match = pattern.exec(path);
      if (match === null) continue;
      if (route.method === method) return { route, params: readParams(match.groups ?? {}) };
      allowed.push(route.method);
    }
    return { allowed };
  };
}

function toPattern(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment.startsWith(':')) return `(?<${segment.slice(1)}>[^/]+)`;
    return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}

function readParams(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)]));
}

/** A segment that is no percent-encoding stands for itself: it will find nothing. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
