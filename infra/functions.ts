import { databases, production } from './database.ts';
import { router } from './gateway.ts';
import { credentialsKey } from './kms.ts';
import { migration } from './migration.ts';
import { componentName } from './names.ts';
import { permissions } from './permissions.ts';
import { workQueues } from './queues.ts';
import { secrets } from './secrets.ts';
import { settings } from './settings.ts';
import type { FunctionSpec } from './specs.ts';
import { type FunctionName, functions, routes } from './topology.ts';

function links(spec: FunctionSpec) {
  return [
    ...(spec.databases ?? []).map((login) => databases[login]),
    ...(spec.sends ?? []).map((queue) => workQueues.get(queue)?.queue),
    ...(spec.secrets ?? []).map((secret) => secrets.get(secret)),
    ...(spec.opensCredentials || spec.sealsCredentials ? [credentialsKey] : []),
  ];
}

/** A function URL behind the router, for each function with an `api` route: `/v1/{proxy+}` is served under `/v1`. */
function url(name: FunctionName) {
  const route = routes.find((candidate) => candidate.function === name && candidate.surface === 'api');
  if (!route) return {};
  return { url: { cors: false, router: { instance: router, path: route.path.replace('/{proxy+}', '') } } };
}

const logGroups = new Map<FunctionName, aws.cloudwatch.LogGroup>();

function create(name: FunctionName, spec: FunctionSpec, after: $util.Resource[] = []) {
  const logGroup = new aws.cloudwatch.LogGroup(
    `${componentName(name)}Logs`,
    {
      name: `/aws/lambda/${$app.name}-${$app.stage}-${componentName(name)}`,
      retentionInDays: spec.logRetentionDays ?? 30,
    },
    { retainOnDelete: production && spec.logRetentionDays !== undefined },
  );
  logGroups.set(name, logGroup);
  return new sst.aws.Function(componentName(name), {
    handler: spec.handler,
    timeout: `${spec.timeoutSeconds} seconds`,
    memory: `${spec.memoryMb} MB`,
    logging: { format: 'json', logGroup: logGroup.name },
    environment: Object.fromEntries((spec.settings ?? []).map((setting) => [setting, settings[setting]()])),
    copyFiles: (spec.ships ?? []).map((from) => ({ from })),
    link: links(spec),
    permissions: permissions(name, spec, logGroup.arn),
    ...url(name),
    transform: {
      function: (_, options) => {
        options.dependsOn = after;
      },
    },
  });
}

// Every migration suits the code before and after it, so the new code waits for it and the old one runs on.
const migrate = create('opsMigrate', functions.opsMigrate);
const migrated = migration(migrate);

const created = new Map(
  Object.entries(functions).map(([name, spec]) => [
    name as FunctionName,
    name === 'opsMigrate' ? migrate : create(name as FunctionName, spec, [migrated]),
  ]),
);

/** The function of a topology name. */
export function deployed(name: FunctionName) {
  const component = created.get(name);
  if (!component) throw new Error(`${name} is not in the topology`);
  return component;
}

/** Where that function logs. */
export function logGroupOf(name: FunctionName) {
  const logGroup = logGroups.get(name);
  if (!logGroup) throw new Error(`${name} is not in the topology`);
  return logGroup;
}

/** For queues, routes and schedules: given a definition, SST would make one more function, with permissions of its own. */
export const functionArn = (name: FunctionName) => deployed(name).arn as $util.Output<`arn:${string}`>;
export const functionNames = [...created.keys()];
