import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Who may import whom, by workspace name. A domain is not in another domain's list: what it wants there goes through the outbox. */
const foundation = ['core', 'db'];
const engines = ['ledger', 'identity', 'credentials', 'audit', 'privacy'];
const spine = ['inbox', 'sync', 'outbox'];
const domains = ['loyalty', 'affiliate', 'accounting', 'portfolio', 'events'];

const sameFor = (names: readonly string[], allowed: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, allowed]));

const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ...sameFor(['providers', 'queue', 'http', 'db'], ['core']),
  ...sameFor(engines, foundation),
  // Who changes a member or a key says so in the same transaction.
  identity: [...foundation, 'audit'],
  ...sameFor(spine, [...foundation, ...engines]),
  ...sameFor(domains, [...foundation, ...engines, ...spine]),
  functions: [...foundation, ...engines, ...spine, ...domains, 'providers', 'queue', 'http', 'infra'],
  infra: [],
  sandbox: [],
  local: ['infra', 'sandbox'],
  testing: ['db', 'local'],
  bench: [
    ...foundation,
    ...engines,
    ...spine,
    ...domains,
    'functions',
    'http',
    'infra',
    'local',
    'providers',
    'queue',
    'sandbox',
    'testing',
  ],
};

/** One import of one file. */
export interface ImportEdge {
  /** Relative to the project root. */
  file: string;
  /** As written: `@tributary/core/errors`, `drizzle-orm`, `./wallet.ts`. */
  specifier: string;
}

export interface Workspace {
  name: string;
  folder: string;
  dependencies: ReadonlySet<string>;
}

const isTest = (file: string) => /\.test\.ts$|\.fixture\.ts$|(^|\/)test\/|(^|\/)evaluate\//.test(file);

/** What breaks a wall, one sentence each. Pure, so that a planted edge can show that it bites. */
export function brokenWalls(edges: readonly ImportEdge[], workspaces: readonly Workspace[]): string[] {
  return edges.flatMap((edge) => {
    const owner = workspaces.find(({ folder }) => edge.file.startsWith(`${folder}/`));
    return [...(owner && !isTest(edge.file) ? brokenByPackage(edge, owner) : []), ...brokenByFunction(edge)];
  });
}

function brokenByPackage({ file, specifier }: ImportEdge, owner: Workspace): string[] {
  if (specifier.startsWith('.')) {
    const target = join(dirname(file), specifier);
    return target.startsWith(`${owner.folder}/`)
      ? []
      : [`${file} reaches into ${target}: import it by its package name`];
  }
  if (!specifier.startsWith('@tributary/')) return [];
  const target = specifier.split('/')[1] as string;
  if (target === owner.name) return [`${file} imports its own package by name`];
  if (!mayImport[owner.name]?.includes(target)) return [`${file}: ${owner.name} may not import ${target}`];
  if (!owner.dependencies.has(`@tributary/${target}`)) return [`${file}: ${target} is not among the dependencies`];
  return [];
}

/** Functions are transports: storage and clouds are behind verbs, and only the composition root knows the deployment. */
function brokenByFunction({ file, specifier }: ImportEdge): string[] {
  const isSst = specifier === 'sst' || specifier.startsWith('sst/');
  if (isSst && !file.startsWith('functions/runtime/')) return [`${file}: only functions/runtime imports sst`];
  const isStore =
    specifier.startsWith('drizzle-orm') || specifier.startsWith('@aws-sdk/') || specifier.startsWith('@neondatabase/');
  const isFunction = file.startsWith('functions/') && !isTest(file);
  return isStore && isFunction ? [`${file}: functions import no ${specifier}`] : [];
}

export function readWorkspaces(root: string): Workspace[] {
  const folders = ['functions', 'infra', ...globSync('packages/*/package.json', { cwd: root }).map(dirname)];
  return folders.map((folder) => {
    const { name, dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return { name: name.replace('@tributary/', ''), folder, dependencies: new Set(Object.keys(dependencies)) };
  });
}

const importPattern =
  /^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

export function readEdges(root: string): ImportEdge[] {
  const files = globSync(['{functions,infra,packages}/**/*.ts'], {
    cwd: root,
    exclude: (path) => /node_modules|\.build|\.sst/.test(path),
  });
  return files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    return [...source.matchAll(importPattern)].map(([, from, dynamic]) => ({
      file: relative('.', file),
      specifier: (from ?? dynamic) as string,
    }));
  });
}
