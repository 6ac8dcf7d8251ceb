import { componentName } from '../../names.ts';
import type { FunctionSpec } from '../../specs.ts';
import { type Created, ofType } from '../created.ts';
import { difference, lambdaName, type Topology } from './topology.ts';

const lambdasOf = (created: readonly Created[]) => ofType(created, 'aws:lambda/function:Function');
const buildOf = (created: readonly Created[], name: string) =>
  ofType(created, 'sst:build').find((build) => build.name === componentName(name));

/** The Lambdas of the stage are those of the topology, each as specified and with the defaults of the house. */
export function functionsMatch(created: readonly Created[], { functions }: Topology): string[] {
  const names = difference(
    'the stage',
    Object.keys(functions).map(lambdaName),
    lambdasOf(created).map((lambda) => lambda.name),
  );
  const faults = Object.entries(functions).flatMap(([name, spec]) => {
    const lambda = lambdasOf(created).find((candidate) => candidate.name === lambdaName(name));
    return lambda ? functionFaults(name, spec, lambda) : [];
  });
  return [...names, ...faults];
}

function functionFaults(name: string, spec: FunctionSpec, { inputs }: Created): string[] {
  const is = {
    handler: inputs.handler,
    timeout: inputs.timeout,
    memory: inputs.memorySize,
    runtime: inputs.runtime,
    architecture: String(inputs.architectures),
    logs: inputs.loggingConfig?.logFormat,
  };
  const wanted = {
    handler: spec.handler,
    timeout: spec.timeoutSeconds,
    memory: spec.memoryMb,
    runtime: 'nodejs24.x',
    architecture: 'arm64',
    logs: 'JSON',
  };
  const settings = Object.keys(inputs.environment?.variables ?? {}).filter((variable) => !variable.startsWith('SST_'));
  return [
    ...Object.entries(wanted)
      .filter(([key, value]) => is[key as keyof typeof is] !== value)
      .map(([key, value]) => `${name} has ${key} ${is[key as keyof typeof is]} instead of ${value}`),
    ...difference(`the environment of ${name}`, spec.settings ?? [], settings),
  ];
}

/** Each function is handed the resources and folders its specification names, and nothing else. */
export function linksMatch(created: readonly Created[], { functions }: Topology): string[] {
  return Object.entries(functions).flatMap(([name, spec]) => {
    const build = buildOf(created, name);
    if (!build) return [`${name} is not built`];
    const wanted = [
      ...(spec.databases ?? []).map((login) => `Database${componentName(login)}`),
      ...(spec.sends ?? []).map(componentName),
      ...(spec.secrets ?? []),
      ...(spec.opensCredentials || spec.sealsCredentials ? ['CredentialsKey'] : []),
    ];
    return [
      ...difference(`the links of ${name}`, wanted, Object.keys(build.inputs.links)),
      ...difference(`the bundle of ${name}`, spec.ships ?? [], build.inputs.ships),
    ];
  });
}

/** Links have the shapes the functions parse, and each database URL is of its own login: pooled, but for the owner's. */
export function linkShapesSound(created: readonly Created[]): string[] {
  const linked = ofType(created, 'sst:build').flatMap(({ inputs }) =>
    Object.entries<Record<string, string>>(inputs.links),
  );
  return linked.flatMap(([name, { url, arn, value }]) => {
    const login = /^Database(.+)$/.exec(name)?.[1]?.toLowerCase();
    if (login) {
      const pooled = login === 'owner' ? '' : '-pooler';
      const shape = new RegExp(
        `^postgres://tributary_${login}:[^@]+@ep-[a-z0-9-]+\\d${pooled}\\.[^/]+/tributary\\?sslmode=require$`,
      );
      return shape.test(url ?? '') ? [] : [`${name} is not the URL of its login`];
    }
    const sound =
      name === 'CredentialsKey' ? arn?.startsWith('arn:aws:kms:') : Boolean(value) || url?.startsWith('https://sqs.');
    return sound ? [] : [`${name} has an unknown shape`];
  });
}

/** Webhooks answer without a database and without the key: neither being away may cost a delivery, and they face the internet. */
export function webhooksIsolated(created: readonly Created[], { routes }: Topology): string[] {
  const names = routes.filter((route) => route.surface === 'webhook').map((route) => route.function);
  return names.flatMap((name) => {
    return Object.keys(buildOf(created, name)?.inputs.links ?? {})
      .filter((link) => link.startsWith('Database') || link === 'CredentialsKey')
      .map((link) => `${name} reaches ${link}`);
  });
}

/** Each handler string names an export of a file that is there. `read` returns a file's text, or null if there is none. */
export function handlersExist({ functions }: Topology, read: (path: string) => string | null): string[] {
  return Object.values(functions).flatMap(({ handler }) => {
    const [, path, name] = /^(.+)\.([^.]+)$/.exec(handler) ?? [];
    const text = read(`${path}.ts`);
    if (text === null) return [`${path}.ts does not exist`];
    const exported = new RegExp(
      `^export (const|(async )?function) ${name}\\b|^export \\{[^}]*\\b${name}\\b[^}]*\\}`,
      'm',
    );
    return exported.test(text) ? [] : [`${path}.ts does not export ${name}`];
  });
}
