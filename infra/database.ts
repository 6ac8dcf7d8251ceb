import { componentName, requiredVariable } from './names.ts';
import type { DatabaseLogin } from './specs.ts';

export const production = $app.stage === 'production';
const projectId = requiredVariable('NEON_PROJECT_ID');
const options = { retainOnDelete: production };

const branch = new neon.Branch('Branch', { projectId, name: $app.stage }, options);
const onBranch = { projectId, branchId: branch.id };

const endpoint = new neon.Endpoint(
  'Endpoint',
  {
    ...onBranch,
    type: 'read_write',
    autoscalingLimitMinCu: 0.25,
    autoscalingLimitMaxCu: production ? 4 : 1,
  },
  options,
);

const owner = new neon.Role('Owner', { ...onBranch, name: 'tributary_owner' }, { ...options, dependsOn: [endpoint] });
const database = new neon.Database('Database', { ...onBranch, name: 'tributary', ownerName: owner.name }, options);

/**
 * Roles made through Neon's API bypass row-level security (https://neon.com/docs/manage/roles), so only the owner is.
 * The other logins are created in SQL by a migration; the migrate function gives them these passwords.
 */
const password = (login: DatabaseLogin) =>
  login === 'owner'
    ? owner.password
    : new random.RandomPassword(`${componentName(login)}Password`, { length: 48, special: false }).result;

// Migrations take session locks, which a transaction pooler would drop.
const host = (login: DatabaseLogin) =>
  login === 'owner' ? endpoint.host : endpoint.host.apply((name) => name.replace('.', '-pooler.'));

const login = (name: DatabaseLogin) =>
  new sst.Linkable(`Database${componentName(name)}`, {
    properties: {
      url: $util.secret(
        $interpolate`postgres://tributary_${name}:${password(name)}@${host(name)}/${database.name}?sslmode=require`,
      ),
    },
  });

export const databases = {
  api: login('api'),
  worker: login('worker'),
  system: login('system'),
  consumer: login('consumer'),
  identity: login('identity'),
  owner: login('owner'),
} satisfies Record<DatabaseLogin, unknown>;
