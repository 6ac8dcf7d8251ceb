import type { Hole } from './hole.ts';

const lambda = 'aws:lambda/function:Function';

export const storeHoles: Hole[] = [
  {
    hole: 'a key that does not rotate',
    check: 'keyKept',
    plant: (find) => (find('aws:kms/key:Key', 'CredentialsKey').inputs.enableKeyRotation = false),
    report: 'CredentialsKey does not rotate',
  },
  {
    hole: 'a key removed with its stage',
    check: 'keyKept',
    plant: (find) => (find('aws:kms/key:Key', 'CredentialsKey').retained = false),
    report: /removed with its stage/,
  },
  {
    hole: 'a login that bypasses row-level security',
    check: 'loginsBoundByRowSecurity',
    plant: (find, all) => all.push({ ...find('neon:index/role:Role', 'Owner'), inputs: { name: 'tributary_api' } }),
    report: /tributary_api .* bypasses/,
  },
  {
    hole: 'a production stage anyone may remove',
    check: 'appGuarded',
    plant: (find) => (find('sst:app', 'tributary').inputs.protect = false),
    report: 'production can be removed',
  },
  {
    hole: 'a floating provider',
    check: 'appGuarded',
    plant: (find) => (find('sst:app', 'tributary').inputs.providers.neon = 'latest'),
    report: 'neon has no exact version',
  },
  {
    hole: 'a production branch removed with its stage',
    check: 'databaseKept',
    plant: (find) => (find('neon:index/branch:Branch', 'Branch').retained = false),
    report: /Branch is removed/,
  },
  {
    hole: 'anchors that are gone after a month',
    check: 'anchorsKept',
    plant: (find) => (find('aws:cloudwatch/logGroup:LogGroup', 'CronsAnchorLogs').inputs.retentionInDays = 30),
    report: 'CronsAnchorLogs is not kept for ten years',
  },
  {
    hole: 'anchors removed with their stage',
    check: 'anchorsKept',
    plant: (find) => (find('aws:cloudwatch/logGroup:LogGroup', 'CronsAnchorLogs').retained = false),
    report: 'CronsAnchorLogs is removed with its stage',
  },
  {
    hole: 'new code before its tables',
    check: 'migratedFirst',
    plant: (find, all) => all.unshift(find(lambda, 'QueuesIngestFunction')),
    report: 'QueuesIngestFunction does not wait for the migration',
  },
  {
    hole: 'migrations that are called once for ever',
    check: 'migratedFirst',
    plant: (find) => delete find('aws:lambda/invocation:Invocation', 'Migration').inputs.triggers,
    report: 'a deploy migrates only once',
  },
];
