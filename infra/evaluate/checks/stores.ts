import { type Created, ofType } from '../created.ts';

/** The key of the credentials rotates and outlives its stage. */
export function keyKept(created: readonly Created[]): string[] {
  const keys = ofType(created, 'aws:kms/key:Key');
  return [
    ...(keys.length === 1 ? [] : [`${keys.length} keys instead of one`]),
    ...keys.filter(({ inputs }) => inputs.enableKeyRotation !== true).map(({ name }) => `${name} does not rotate`),
    ...keys.filter(({ retained }) => !retained).map(({ name }) => `${name} is removed with its stage`),
  ];
}

/** Roles made through Neon's API bypass row-level security: the owner alone may be one. */
export function loginsBoundByRowSecurity(created: readonly Created[]): string[] {
  return ofType(created, 'neon:index/role:Role')
    .filter(({ inputs }) => inputs.name !== 'tributary_owner')
    .map(({ inputs }) => `${inputs.name} is made through Neon's API and bypasses row-level security`);
}

/** Production cannot be removed by one command, and providers change only when someone changes their version. */
export function appGuarded(created: readonly Created[]): string[] {
  return ofType(created, 'sst:app').flatMap(({ inputs }) => [
    ...(inputs.protect === true && inputs.removal === 'retain' ? [] : ['production can be removed']),
    ...Object.entries<unknown>(inputs.providers)
      .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))
      .map(([provider]) => `${provider} has no exact version`),
  ]);
}

/** A production database is not removed with its stage. */
export function databaseKept(created: readonly Created[]): string[] {
  return created
    .filter(({ type, retained }) => type.startsWith('neon:') && !retained)
    .map(({ name }) => `${name} is removed with its stage`);
}

/** Anchors of the audit are kept for ten years, and outlive their stage. */
export function anchorsKept(created: readonly Created[]): string[] {
  const groups = ofType(created, 'aws:cloudwatch/logGroup:LogGroup').filter(({ name }) => name === 'CronsAnchorLogs');
  return [
    ...(groups.length === 1 ? [] : ['anchors of the audit have no log group of their own']),
    ...groups
      .filter(({ inputs }) => inputs.retentionInDays !== 3653)
      .map(({ name }) => `${name} is not kept for ten years`),
    ...groups.filter(({ retained }) => !retained).map(({ name }) => `${name} is removed with its stage`),
  ];
}

/** The migrate function is called before any other function is replaced, and again when the migrations change. */
export function migratedFirst(created: readonly Created[]): string[] {
  const migration = created.findIndex(({ type }) => type === 'aws:lambda/invocation:Invocation');
  const { functionName, triggers } = created[migration]?.inputs ?? {};
  if (!String(functionName).includes('OpsMigrate')) return ['a deploy does not migrate'];
  return [
    ...(/^[0-9a-f]{64}$/.test(triggers?.migrations) ? [] : ['a deploy migrates only once']),
    ...created
      .slice(0, migration)
      .filter(({ type, name }) => type === 'aws:lambda/function:Function' && name !== 'OpsMigrateFunction')
      .map(({ name }) => `${name} does not wait for the migration`),
  ];
}
