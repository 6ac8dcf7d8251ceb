/** A route of the topology, as far as matching needs it. */
export interface Route {
  method: 'ANY' | 'GET' | 'POST';
  path: string;
  function: string;
}

export interface Match<R extends Route> {
  route: R;
  /** API Gateway's name of the route: `POST /webhooks/square`. */
  key: string;
  pathParameters: Record<string, string>;
}

function parametersOf(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const name = /^\{(\w+)(\+?)\}$/.exec(part);
    const isRest = name?.[2] === '+';
    const value = isRest ? given.slice(index).join('/') : given[index];
    if (name === null ? value !== part : value === undefined || (value === '' && !isRest)) return undefined;
    if (name?.[1] !== undefined && value !== undefined) parameters[name[1]] = value;
    if (isRest) return parameters;
  }
  return wanted.length === given.length ? parameters : undefined;
}

/**
 * The route for a method and path: of several the one with the longest path, as at CloudFront and API Gateway. As there, another
 * method on a known path matches nothing (404, not 405), and as at the router `/v1/{proxy+}` matches `/v1` too.
 */
export function matchRoute<R extends Route>(routes: readonly R[], method: string, path: string): Match<R> | undefined {
  const longestFirst = routes.toSorted((one, other) => other.path.length - one.path.length);
  for (const route of longestFirst) {
    if (route.method !== 'ANY' && route.method !== method) continue;
    const pathParameters = parametersOf(route.path, path);
    if (pathParameters !== undefined) return { route, key: `${route.method} ${route.path}`, pathParameters };
  }
  return undefined;
}
