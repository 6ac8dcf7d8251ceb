import { deployed, functionNames, logGroupOf } from './functions.ts';
import { componentName } from './names.ts';
import { workQueues } from './queues.ts';
import type { FunctionName } from './topology.ts';

const topic = new aws.sns.Topic('Alarms', { name: `${$app.name}-${$app.stage}-alarms` });
const email = process.env.ALARM_EMAIL;
if (email) new aws.sns.TopicSubscription('AlarmsEmail', { topic: topic.arn, protocol: 'email', endpoint: email });

interface Alarm {
  name: string;
  description: string;
  namespace: 'AWS/SQS' | 'AWS/Lambda' | 'Tributary';
  metric: string;
  dimensions: Record<string, $util.Input<string>>;
  statistic: 'Maximum' | 'Sum';
  above: number;
}

function alarm(spec: Alarm) {
  new aws.cloudwatch.MetricAlarm(spec.name, {
    name: `${$app.name}-${$app.stage}-${spec.name}`,
    alarmDescription: spec.description,
    namespace: spec.namespace,
    metricName: spec.metric,
    dimensions: spec.dimensions,
    statistic: spec.statistic,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: spec.above,
    period: 60,
    evaluationPeriods: 1,
    treatMissingData: 'notBreaching',
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  });
}

for (const [name, { queue, deadLetters }] of workQueues) {
  alarm({
    name: `${componentName(name)}DeadLetters`,
    description: 'Messages gave up: inspect, fix, redrive.',
    namespace: 'AWS/SQS',
    metric: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: deadLetters.nodes.queue.name },
    statistic: 'Maximum',
    above: 0,
  });
  alarm({
    name: `${componentName(name)}OldestMessage`,
    description: 'The oldest message has waited more than five minutes.',
    namespace: 'AWS/SQS',
    metric: 'ApproximateAgeOfOldestMessage',
    dimensions: { QueueName: queue.nodes.queue.name },
    statistic: 'Maximum',
    above: 300,
  });
}

for (const name of functionNames) {
  alarm({
    name: `${componentName(name)}Throttles`,
    description: 'Lambda refused an invocation: concurrency is used up.',
    namespace: 'AWS/Lambda',
    metric: 'Throttles',
    dimensions: { FunctionName: deployed(name).name },
    statistic: 'Sum',
    above: 0,
  });
}

/** What a function logs that people must hear of. */
const heard: { name: string; function: FunctionName; pattern: string; description: string }[] = [
  {
    name: 'Drifts',
    function: 'queuesSync',
    // As functions/queues/sync.ts logs it: a line per day of a connection.
    pattern: '{ $.event = "day_compared" && $.status = "drifts" }',
    description: 'A provider lists something else than we hold: see packages/docs/reconcile.md.',
  },
  {
    name: 'BrokenChains',
    function: 'queuesAudit',
    // As functions/runtime/audit.ts says it: a line per organization.
    pattern: '{ $.event = "audit_broken" }',
    description: 'The audit of an organization is not what was recorded: see packages/docs/audit.md.',
  },
  {
    name: 'FailedErasures',
    function: 'cronsErase',
    pattern: '{ $.event = "erasure_failed" }',
    description: 'Somebody is not erased who asked for it, and will not be by itself: see packages/docs/privacy.md.',
  },
  {
    name: 'StaleRates',
    function: 'cronsRates',
    pattern: '{ $.event = "rates_stale" }',
    description:
      'No exchange rate was published for days: new facts have no amounts in base currency. See packages/docs/deploy.md.',
  },
  {
    name: 'UnderivedAmounts',
    function: 'cronsRates',
    pattern: '{ $.event = "base_not_derived" }',
    description: 'Amounts of an account could not be brought to base currency: see packages/docs/deploy.md.',
  },
  {
    name: 'FailedRollUps',
    function: 'cronsRollUp',
    pattern: '{ $.event = "roll_up_failed" }',
    description:
      'What follows from the facts of an organization could not be computed: its dashboards stand still. See packages/docs/deploy.md.',
  },
  {
    name: 'FailedDeals',
    function: 'cronsDeals',
    pattern: '{ $.event = "deals_failed" }',
    description: 'A month of the deals of an organization could not be begun: see packages/docs/deploy.md.',
  },
  {
    name: 'FailedRules',
    function: 'cronsRules',
    pattern: '{ $.event = "rules_failed" }',
    description: 'Rules of an organization could not be evaluated: it is not warned. See packages/docs/deploy.md.',
  },
];

for (const { name, function: logger, pattern, description } of heard) {
  const metric = `${$app.stage}-${name}`;
  new aws.cloudwatch.LogMetricFilter(`${name}Found`, {
    logGroupName: logGroupOf(logger).name,
    pattern,
    metricTransformation: { namespace: 'Tributary', name: metric, value: '1' },
  });
  alarm({ name, description, namespace: 'Tributary', metric, dimensions: {}, statistic: 'Sum', above: 0 });
}
