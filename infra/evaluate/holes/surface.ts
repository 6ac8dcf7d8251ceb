import type { Hole } from './hole.ts';

const lambda = 'aws:lambda/function:Function';

export const surfaceHoles: Hole[] = [
  {
    hole: 'a notification URL nobody serves',
    check: 'notificationUrlServed',
    plant: (find) => {
      find(lambda, 'WebhooksSquareFunction').inputs.environment.variables.SQUARE_NOTIFICATION_URL += '/';
    },
    report: /not served at .*square\/$/,
  },
  {
    hole: 'a route to another function',
    check: 'routesMatch',
    plant: (find) => (find('aws:apigatewayv2/route:Route', 'WebhooksRoute').inputs.routeKey = 'ANY /{proxy+}'),
    report: /has webhook ANY \/\{proxy\+\}/,
  },
  {
    hole: 'a schedule that is off',
    check: 'schedulesMatch',
    plant: (find) => (find('aws:scheduler/schedule:Schedule', 'ResumeSchedule').inputs.state = 'DISABLED'),
    report: /DISABLED/,
  },
  {
    hole: 'a cache in front of the API',
    check: 'nothingCached',
    plant: (find) =>
      (find('aws:cloudfront/distribution:Distribution', 'ApiCdn').inputs.defaultCacheBehavior.cachePolicyId = 'other'),
    report: /caches by other/,
  },
  {
    hole: 'an edge that lets callers say who they are',
    check: 'edgeProves',
    plant: (find) => {
      const { inputs } = find('aws:cloudfront/function:Function', 'Api');
      inputs.code = inputs.code.replace('{ value: event.viewer.ip }', 'event.request.headers["x-forwarded-for"]');
    },
    report: /does not begin by proving itself/,
  },
];
