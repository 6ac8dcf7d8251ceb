import { functionArn } from './functions.ts';
import { webhookGateway } from './gateway.ts';
import { routes } from './topology.ts';

for (const route of routes.filter((candidate) => candidate.surface === 'webhook')) {
  webhookGateway.route(`${route.method} ${route.path}`, functionArn(route.function));
}
