import { routes as topologyRoutes } from '@tributary/infra/topology';
import { matchRoute } from '@tributary/local/routing';
import { expect, it } from 'vitest';
import { routes as authRoutes } from './auth.ts';
import { routes as connectRoutes } from './connect.ts';
import { routes as consumerRoutes } from './consumer.ts';
import { routes as invitedRoutes } from './invited.ts';
import { routes as loyaltyRoutes } from './loyalty.ts';
import { routes as memberRoutes } from './members.ts';

const routesOf = {
  apiAuth: authRoutes,
  apiConnect: connectRoutes,
  apiConsumer: consumerRoutes,
  apiInvited: invitedRoutes,
  apiLoyalty: loyaltyRoutes,
  apiMembers: memberRoutes,
};
const served = Object.entries(routesOf).flatMap(([name, routes]) =>
  routes.map(({ method, path }): [string, string, string] => [method, path, name]),
);

it('every function for the API is among these', () => {
  const api = topologyRoutes.filter(({ surface }) => surface === 'api').map((route) => route.function);
  expect(Object.keys(routesOf).sort()).toEqual(api.sort());
});

it.each(served)('%s %s is routed to %s, which serves it', (method, path, name) => {
  const asked = path.replace(/\{[^}]+\}/g, 'some-id');
  expect(matchRoute(topologyRoutes, method, asked)?.route.function).toBe(name);
});
