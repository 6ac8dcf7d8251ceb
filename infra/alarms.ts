import { deployed, functionNames, logGroupOf } from './functions.ts';
import { componentName } from './names.ts';
import { workQueues } from './queues.ts';

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

const drifts = { namespace: 'Tributary', name: `${$app.stage}-Drifts` } as const;
new aws.cloudwatch.LogMetricFilter('DriftsFound', {
  logGroupName: logGroupOf('queuesSync').name,
  // As functions/queues/sync.ts logs it: a line per day of a connection.
  pattern: '{ $.event = "day_compared" && $.status = "drifts" }',
  metricTransformation: { ...drifts, value: '1' },
});
alarm({
  name: 'Drifts',
  description: 'A provider lists something else than we hold: see packages/docs/reconcile.md.',
  namespace: drifts.namespace,
  metric: drifts.name,
  dimensions: {},
  statistic: 'Sum',
  above: 0,
});
