import { edgeHeaders } from '../../edge-headers.ts';
import { componentName } from '../../names.ts';
import { type Created, ofType } from '../created.ts';
import { difference, lambdaName, type Topology } from './topology.ts';

const lambdaOf = (created: readonly Created[], reference: unknown) =>
  ofType(created, 'aws:lambda/function:Function').find((fn) => String(reference).endsWith(fn.inputs.name))?.name;

/** Both surfaces serve the topology's routes and no other, each by its function. */
export function routesMatch(created: readonly Created[], { routes }: Topology): string[] {
  const integrations = ofType(created, 'aws:apigatewayv2/integration:Integration');
  const webhook = ofType(created, 'aws:apigatewayv2/route:Route').map(({ inputs }) => {
    const integration = integrations.find(({ name }) => inputs.target === `integrations/${name}-id`);
    return `webhook ${inputs.routeKey} → ${lambdaOf(created, integration?.inputs.integrationUri)}`;
  });
  const api = created
    .filter(({ name }) => name.includes('RoutesUpdate'))
    .map(({ name, inputs }) => {
      const [, , , prefix] = String(inputs.entry).split(',');
      return `api ANY ${prefix}/{proxy+} → ${name.replace(/RoutesUpdate.*$/, 'Function')}`;
    });
  const wanted = routes.map(
    (route) => `${route.surface} ${route.method} ${route.path} → ${lambdaName(route.function)}`,
  );
  return difference('the stage', wanted, [...webhook, ...api]);
}

/** Square signs the URL it was told, so its function must be told the very URL its route is served at. */
export function notificationUrlServed(created: readonly Created[], { routes }: Topology): string[] {
  const served = routes
    .filter((route) => route.function === 'webhooksSquare')
    .map((route) => `https://abc123.execute-api.eu-west-1.amazonaws.com${route.path}`);
  return ofType(created, 'aws:lambda/function:Function')
    .map(({ inputs }) => inputs.environment?.variables?.SQUARE_NOTIFICATION_URL)
    .filter((url) => url !== undefined && !served.includes(url))
    .map((url) => `Square is not served at ${url}`);
}

/** The schedules are the topology's, each calling its function. */
export function schedulesMatch(created: readonly Created[], { schedules }: Topology): string[] {
  const found = ofType(created, 'aws:scheduler/schedule:Schedule').map(
    ({ name, inputs }) =>
      `${name} ${inputs.scheduleExpression} → ${lambdaOf(created, inputs.target.arn)} ${inputs.state}`,
  );
  const wanted = Object.entries(schedules).map(
    ([name, spec]) => `${componentName(name)}Schedule ${spec.rate} → ${lambdaName(spec.function)} ENABLED`,
  );
  return difference('the stage', wanted, found);
}

/** No answer is kept between the browser and the function: the edge does not know organizations. */
export function nothingCached(created: readonly Created[]): string[] {
  return ofType(created, 'aws:cloudfront/distribution:Distribution').flatMap(({ name, inputs }) =>
    [inputs.defaultCacheBehavior, ...(inputs.orderedCacheBehaviors ?? [])]
      .filter((behavior) => behavior.cachePolicyId !== '4135ea2d-6df8-44a3-9df3-4b5a84be39ad')
      .map((behavior) => `${name} caches by ${behavior.cachePolicyId}`),
  );
}

/** The edge says whose request it is and proves that it was there, over what a caller says and before it does anything else. */
export function edgeProves(created: readonly Created[], { functions, routes }: Topology): string[] {
  const edges = ofType(created, 'aws:cloudfront/function:Function');
  const silent = edges.flatMap(({ name, inputs }) => {
    const [, body = ''] = String(inputs.code).split('async function handler(event) {');
    const [first = '', second = ''] = body.trim().split('\n');
    const proven =
      first.trim() === `event.request.headers["${edgeHeaders.address}"] = { value: event.viewer.ip };` &&
      second.trim().startsWith(`event.request.headers["${edgeHeaders.key}"] = { value: "`);
    return proven ? [] : [`${name} does not begin by proving itself`];
  });
  const believing = routes
    .filter(({ surface, function: name }) => surface === 'api' && !functions[name]?.secrets?.includes('EdgeKeys'))
    .map(({ function: name }) => `${name} has a URL and cannot tell the edge from others`);
  return [...(edges.length === 0 ? ['there is no edge'] : silent), ...believing];
}
