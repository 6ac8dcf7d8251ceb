import { componentName } from '../../names.ts';
import type { FunctionName } from '../../topology.ts';
import { type Created, ofType } from '../created.ts';
import type { Topology } from './topology.ts';

/** Lines of a function's log that people hear of, by what they say. */
const heard: Readonly<Record<string, { function: FunctionName; pattern: string }>> = {
  'days that differ': { function: 'queuesSync', pattern: '{ $.event = "day_compared" && $.status = "drifts" }' },
  'chains that are broken': { function: 'queuesAudit', pattern: '{ $.event = "audit_broken" }' },
  'erasures that failed': { function: 'cronsErase', pattern: '{ $.event = "erasure_failed" }' },
  'rates that are stale': { function: 'cronsRates', pattern: '{ $.event = "rates_stale" }' },
  'amounts that were not derived': { function: 'cronsRates', pattern: '{ $.event = "base_not_derived" }' },
  'roll-ups that failed': { function: 'cronsRollUp', pattern: '{ $.event = "roll_up_failed" }' },
  'deals that failed': { function: 'cronsDeals', pattern: '{ $.event = "deals_failed" }' },
  'rules that failed': { function: 'cronsRules', pattern: '{ $.event = "rules_failed" }' },
};

/** Dead letters, waiting messages, throttled functions and what functions say in their logs is told to people. */
export function alarmsComplete(created: readonly Created[], topology: Topology): string[] {
  const queues = ofType(created, 'aws:sqs/queue:Queue');
  const deadLetters = queues.filter(({ inputs }) => !inputs.redrivePolicy);
  const sources = queues.filter(({ inputs }) => inputs.redrivePolicy);
  const lambdas = ofType(created, 'aws:lambda/function:Function');
  const untold = (resources: Created[], metric: string, threshold: number) =>
    resources
      .filter(({ inputs }) => !alarmsOf(created, metric, threshold).some(isOf(inputs.name)))
      .map(({ name }) => `nobody is told of ${metric} of ${name}`);
  return [
    ...untold(deadLetters, 'ApproximateNumberOfMessagesVisible', 0),
    ...untold(sources, 'ApproximateAgeOfOldestMessage', 300),
    ...untold(lambdas, 'Throttles', 0),
    ...Object.entries(heard)
      .filter(([, line]) => !isHeard(created, line))
      .map(([what]) => `nobody is told of ${what}`),
    ...(lambdas.length < Object.keys(topology.functions).length
      ? ['there are fewer functions than the topology names']
      : []),
  ];
}

/** The text of a file below the project's root; null when it is not there. */
type Read = (path: string) => string | null;

/** What a schedule logs as an error nobody sees in an answer: each such line is told to people. */
export function errorsHeard(created: readonly Created[], { functions, schedules }: Topology, read: Read): string[] {
  const scheduled = [...new Set(Object.values(schedules).map((schedule) => schedule.function))];
  return scheduled.flatMap((name) => {
    const text = read((functions[name]?.handler ?? '').replace(/\.handler$/, '.ts')) ?? '';
    return [...text.matchAll(/\blog\('ERROR', '(\w+)'/g)]
      .filter(([, event]) => !isHeard(created, { function: name as FunctionName, pattern: `{ $.event = "${event}" }` }))
      .map(([, event]) => `nobody is told of ${event} of ${name}`);
  });
}

/** Those that tell people when a metric is above a threshold. */
function alarmsOf(created: readonly Created[], metric: string, threshold: number): Created[] {
  const topics = ofType(created, 'aws:sns/topic:Topic').map(({ inputs }) => String(inputs.name));
  return ofType(created, 'aws:cloudwatch/metricAlarm:MetricAlarm').filter(
    ({ inputs }) =>
      inputs.metricName === metric &&
      inputs.threshold === threshold &&
      inputs.comparisonOperator === 'GreaterThanThreshold' &&
      inputs.alarmActions?.some((arn: string) => topics.some((topic) => arn.endsWith(`:${topic}`))),
  );
}

const isOf = (resource: unknown) => (alarm: Created) => Object.values(alarm.inputs.dimensions).includes(resource);

function isHeard(created: readonly Created[], { function: name, pattern }: (typeof heard)[string]): boolean {
  return ofType(created, 'aws:cloudwatch/logMetricFilter:LogMetricFilter').some(
    ({ inputs }) =>
      inputs.logGroupName.endsWith(`-${componentName(name)}`) &&
      inputs.pattern === pattern &&
      alarmsOf(created, inputs.metricTransformation.name, 0).length > 0,
  );
}
