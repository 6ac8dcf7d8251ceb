import type { checks } from './checks/all.ts';
import type { Created } from './created.ts';

/** A fault planted in a sound stage, the check that must see it, and what it must say. */
interface Hole {
  hole: string;
  check: keyof typeof checks;
  plant: (find: (type: string, name: string) => Created, all: Created[]) => void;
  report: string | RegExp;
}

const inline = (role: Created, change: (statement: Record<string, unknown>) => void) => {
  const policy = JSON.parse(role.inputs.inlinePolicies[0].policy);
  change(policy.Statement[0]);
  role.inputs.inlinePolicies[0].policy = JSON.stringify(policy);
};
const queue = 'aws:sqs/queue:Queue';
const lambda = 'aws:lambda/function:Function';
const mapping = 'aws:lambda/eventSourceMapping:EventSourceMapping';
const role = 'aws:iam/role:Role';

export const holes: Hole[] = [
  {
    hole: 'a queue without a dead-letter queue',
    check: 'deadLettersKept',
    plant: (find) => delete find(queue, 'IngestQueue').inputs.redrivePolicy,
    report: 'IngestQueue has no dead-letter queue',
  },
  {
    hole: 'too few tries',
    check: 'deadLettersKept',
    plant: (find) => {
      const source = find(queue, 'IngestQueue');
      source.inputs.redrivePolicy = JSON.stringify({ ...JSON.parse(source.inputs.redrivePolicy), maxReceiveCount: 4 });
    },
    report: /gives up after 4/,
  },
  {
    hole: 'dead letters kept as briefly as the rest',
    check: 'deadLettersKept',
    plant: (find) => (find(queue, 'IngestDlqQueue').inputs.messageRetentionSeconds = 345_600),
    report: /no longer than IngestQueue/,
  },
  {
    hole: 'a message visible again while it is worked on',
    check: 'subscriptionsSound',
    plant: (find) => (find(queue, 'IngestQueue').inputs.visibilityTimeoutSeconds = 360),
    report: /360 s, less than 361 s/,
  },
  {
    hole: 'whole batches that fail',
    check: 'subscriptionsSound',
    plant: (find) => (find(mapping, 'IngestSubscriber').inputs.functionResponseTypes = []),
    report: 'IngestQueue fails whole batches',
  },
  {
    hole: 'unbounded concurrency',
    check: 'subscriptionsSound',
    plant: (find) => delete find(mapping, 'IngestSubscriber').inputs.scalingConfig,
    report: /without a bound on concurrency/,
  },
  {
    hole: 'a filter that deletes',
    check: 'subscriptionsSound',
    plant: (find) => (find(mapping, 'IngestSubscriber').inputs.filterCriteria = { filters: [{ pattern: '{}' }] }),
    report: /deletes what does not match/,
  },
  {
    hole: 'a queue the topology does not name',
    check: 'queuesMatch',
    plant: (find, all) => all.push({ ...find(queue, 'IngestQueue'), name: 'StrayQueue' }),
    report: /has StrayQueue/,
  },
  {
    hole: 'an action with a wildcard',
    check: 'policiesExact',
    plant: (find) => inline(find(role, 'WebhooksSquareRole'), (statement) => (statement.Action = ['sqs:*'])),
    report: 'WebhooksSquareRole may sqs:*',
  },
  {
    hole: 'a resource with a wildcard',
    check: 'policiesExact',
    plant: (find) => inline(find(role, 'OpsConnectRole'), (statement) => (statement.Resource = '*')),
    report: 'OpsConnectRole reaches *',
  },
  {
    hole: 'a grant by exception',
    check: 'policiesExact',
    plant: (find) => inline(find(role, 'OpsConnectRole'), (statement) => (statement.NotAction = ['iam:*'])),
    report: 'OpsConnectRole grants by exception',
  },
  {
    hole: 'a managed policy',
    check: 'policiesExact',
    plant: (find) =>
      (find(role, 'ApiLoyaltyRole').inputs.managedPolicyArns = ['arn:aws:iam::aws:policy/AdministratorAccess']),
    report: /ApiLoyaltyRole carries the managed policy/,
  },
  {
    hole: 'a role the account may assume',
    check: 'rolesTrustOneService',
    plant: (find) =>
      find(role, 'QueuesIngestRole').inputs.assumeRolePolicy.Statement.push({
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { AWS: 'arn:aws:iam::123456789012:root' },
      }),
    report: /QueuesIngestRole trusts .*root/,
  },
  {
    hole: 'a webhook that may open credentials',
    check: 'grantsMatch',
    plant: (find) =>
      inline(find(role, 'WebhooksCloverRole'), (statement) => {
        statement.Action = ['kms:Decrypt'];
        statement.Resource = ['arn:aws:kms:eu-west-1:123456789012:key/CredentialsKey'];
      }),
    report: 'webhooksClover may kms:Decrypt on CredentialsKey without need',
  },
  {
    hole: 'a subscriber that may not delete',
    check: 'grantsMatch',
    plant: (find) => {
      const { inputs } = find(role, 'QueuesIngestRole');
      inputs.inlinePolicies[0].policy = inputs.inlinePolicies[0].policy.replace('"sqs:DeleteMessage",', '');
    },
    report: /queuesIngest may not sqs:DeleteMessage/,
  },
  {
    hole: 'a webhook anyone may invoke past the gateway',
    check: 'invokersKnown',
    plant: (find) => (find('aws:lambda/permission:Permission', 'WebhooksRoute').inputs.principal = '*'),
    report: /lets \* call Webhooks/,
  },
  {
    hole: 'a webhook with a database',
    check: 'webhooksIsolated',
    plant: (find) => (find('sst:build', 'WebhooksSquare').inputs.links.DatabaseWorker = {}),
    report: 'webhooksSquare reaches DatabaseWorker',
  },
  {
    hole: 'a link the topology does not name',
    check: 'linksMatch',
    plant: (find) => (find('sst:build', 'ApiLoyalty').inputs.links.DatabaseOwner = {}),
    report: /links of apiLoyalty has DatabaseOwner/,
  },
  {
    hole: 'a database URL of another login',
    check: 'linkShapesSound',
    plant: (find) => {
      const { links } = find('sst:build', 'ApiLoyalty').inputs;
      links.DatabaseApi.url = links.DatabaseApi.url.replace('tributary_api', 'tributary_owner');
    },
    report: 'DatabaseApi is not the URL of its login',
  },
  {
    hole: 'a notification URL nobody serves',
    check: 'notificationUrlServed',
    plant: (find) => {
      find(lambda, 'WebhooksSquareFunction').inputs.environment.variables.SQUARE_NOTIFICATION_URL += '/';
    },
    report: /not served at .*square\/$/,
  },
  {
    hole: 'a function on another architecture',
    check: 'functionsMatch',
    plant: (find) => (find(lambda, 'CronsResumeFunction').inputs.architectures = ['x86_64']),
    report: /architecture x86_64/,
  },
  {
    hole: 'a missing function',
    check: 'functionsMatch',
    plant: (find, all) => all.splice(all.indexOf(find(lambda, 'OpsConnectFunction')), 1),
    report: 'the stage lacks OpsConnectFunction',
  },
  {
    hole: 'a route to another function',
    check: 'routesMatch',
    plant: (find) => (find('aws:apigatewayv2/route:Route', 'WebhooksRoute').inputs.routeKey = 'ANY /{proxy+}'),
    report: /has webhook ANY \/\{proxy\+\}/,
  },
  {
    hole: 'a schedule that is off',
    check: 'schedulesMatch',
    plant: (find) => (find('aws:scheduler/schedule:Schedule', 'ResumeSchedule').inputs.state = 'DISABLED'),
    report: /DISABLED/,
  },
  {
    hole: 'a cache in front of the API',
    check: 'nothingCached',
    plant: (find) =>
      (find('aws:cloudfront/distribution:Distribution', 'ApiCdn').inputs.defaultCacheBehavior.cachePolicyId = 'other'),
    report: /caches by other/,
  },
  {
    hole: 'an edge that lets callers say who they are',
    check: 'edgeProves',
    plant: (find) => {
      const { inputs } = find('aws:cloudfront/function:Function', 'Api');
      inputs.code = inputs.code.replace('{ value: event.viewer.ip }', 'event.request.headers["x-forwarded-for"]');
    },
    report: /does not begin by proving itself/,
  },
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
  {
    hole: 'dead letters nobody hears of',
    check: 'alarmsComplete',
    plant: (find) => (find('aws:cloudwatch/metricAlarm:MetricAlarm', 'IngestDeadLetters').inputs.alarmActions = []),
    report: /ApproximateNumberOfMessagesVisible of IngestDlqQueue/,
  },
  {
    hole: 'days that differ nobody hears of',
    check: 'alarmsComplete',
    plant: (find) =>
      (find('aws:cloudwatch/logMetricFilter:LogMetricFilter', 'DriftsFound').inputs.metricTransformation.name =
        'other'),
    report: 'nobody is told of days that differ',
  },
];
