import { routes } from '@tributary/infra/topology';
import { expect, test } from 'vitest';
import { matchRoute } from './routing.ts';

test.each([
  ['GET', '/v1/wallets', 'apiLoyalty'],
  ['GET', '/v1/me/wallets', 'apiConsumer'],
  ['GET', '/v1/me/wallets/wal_1/entries', 'apiConsumer'],
  ['GET', '/v1/me', 'apiLoyalty'],
  ['GET', '/v1/merchants', 'apiLoyalty'],
  ['GET', '/v1/connections', 'apiConnections'],
  ['POST', '/v1/connect/square', 'apiConnect'],
  ['GET', '/v1/eventsource', 'apiLoyalty'],
  ['GET', '/v1', 'apiLoyalty'],
  ['GET', '/v1/', 'apiLoyalty'],
  ['GET', '/v1/wallets/me/wallets', 'apiLoyalty'],
  ['POST', '/webhooks/square', 'webhooksSquare'],
])('%s %s is for %s, in whatever order the routes are told', (method, path, name) => {
  for (const told of [routes, routes.toReversed()]) expect(matchRoute(told, method, path)?.route.function).toBe(name);
});

test.each([
  ['GET', '/webhooks/square'],
  ['GET', '/v2/wallets'],
  ['GET', '/'],
])('%s %s is for none', (method, path) => {
  expect(matchRoute(routes, method, path)).toBeUndefined();
});
