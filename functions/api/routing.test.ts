import { routes as topologyRoutes } from '@tributary/infra/topology';
import { matchRoute } from '@tributary/local/routing';
import { expect, it } from 'vitest';
import { apis } from './apis.ts';

const served = Object.entries(apis).flatMap(([name, { routes }]) =>
  routes.map(({ method, path }): [string, string, string] => [method, path, name]),
);

it('every function for the API is among these', () => {
  const api = topologyRoutes.filter(({ surface }) => surface === 'api').map((route) => route.function);
  expect(Object.keys(apis).sort()).toEqual([...new Set(api)].sort());
});

it('no route is served by two functions', () => {
  const names = served.map(([method, path]) => `${method} ${path}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

it.each(served)('%s %s is routed to the function that serves it, %s', (method, path, name) => {
  const asked = path.replace(/\{[^}]+\}/g, 'some-id');
  expect(matchRoute(topologyRoutes, method, asked)?.route.function).toBe(name);
});
