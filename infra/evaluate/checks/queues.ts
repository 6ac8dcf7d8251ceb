import { componentName } from '../../names.ts';
import type { QueueSpec } from '../../specs.ts';
import { type Created, ofType } from '../created.ts';
import { difference, lambdaName, type Topology } from './topology.ts';

const FOURTEEN_DAYS_SECONDS = 14 * 24 * 60 * 60;
const queuesOf = (created: readonly Created[]) => ofType(created, 'aws:sqs/queue:Queue');
const mappingsOf = (created: readonly Created[]) => ofType(created, 'aws:lambda/eventSourceMapping:EventSourceMapping');
const redriveOf = (queue: Created): { deadLetterTargetArn?: string; maxReceiveCount?: number } =>
  JSON.parse(queue.inputs.redrivePolicy ?? '{}');
const ends = (arn: unknown, resource: Created) => String(arn).endsWith(`:${resource.inputs.name}`);

/** Each queue of the topology and its dead-letter queue exist, and no other. */
export function queuesMatch(created: readonly Created[], { queues }: Topology): string[] {
  const wanted = Object.keys(queues).flatMap((name) => [
    `${componentName(name)}Queue`,
    `${componentName(name)}DlqQueue`,
  ]);
  return difference(
    'the stage',
    wanted,
    queuesOf(created).map((queue) => queue.name),
  );
}

/** A message that keeps failing is set aside, after enough tries to outlive a passing fault, and kept longer than its queue would. */
export function deadLettersKept(created: readonly Created[], { queues }: Topology): string[] {
  return Object.keys(queues).flatMap((name) => {
    const queue = queuesOf(created).find((candidate) => candidate.name === `${componentName(name)}Queue`);
    if (!queue) return [];
    const { deadLetterTargetArn, maxReceiveCount = 0 } = redriveOf(queue);
    const deadLetters = queuesOf(created).find((candidate) => ends(deadLetterTargetArn, candidate));
    if (!deadLetters) return [`${queue.name} has no dead-letter queue`];
    const retention = Number(deadLetters.inputs.messageRetentionSeconds);
    return [
      ...(maxReceiveCount < 5 ? [`${queue.name} gives up after ${maxReceiveCount} tries, fewer than 5`] : []),
      ...(retention < FOURTEEN_DAYS_SECONDS ? [`${deadLetters.name} keeps messages less than 14 days`] : []),
      ...(retention <= Number(queue.inputs.messageRetentionSeconds)
        ? [`${deadLetters.name} keeps messages no longer than ${queue.name}`]
        : []),
    ];
  });
}

/** Each queue is drained as its specification says, by its subscriber alone. */
export function subscriptionsSound(created: readonly Created[], { queues }: Topology): string[] {
  return Object.entries(queues).flatMap(([name, spec]) => {
    const queue = queuesOf(created).find((candidate) => candidate.name === `${componentName(name)}Queue`);
    if (!queue) return [];
    const mappings = mappingsOf(created).filter((mapping) => ends(mapping.inputs.eventSourceArn, queue));
    const [mapping, ...more] = mappings;
    if (!mapping || more.length > 0) return [`${queue.name} has ${mappings.length} subscriptions instead of one`];
    return subscriptionFaults(created, { queue, mapping, spec });
  });
}

function subscriptionFaults(
  created: readonly Created[],
  { queue, mapping, spec }: { queue: Created; mapping: Created; spec: QueueSpec },
): string[] {
  const {
    batchSize,
    maximumBatchingWindowInSeconds: windowSeconds,
    functionResponseTypes,
    scalingConfig,
  } = mapping.inputs;
  const lambda = ofType(created, 'aws:lambda/function:Function').find((fn) => ends(mapping.inputs.functionName, fn));
  if (lambda?.name !== lambdaName(spec.subscriber)) return [`${queue.name} is not drained by ${spec.subscriber}`];
  const concurrency = scalingConfig?.maximumConcurrency;
  const longEnough = 6 * lambda.inputs.timeout + windowSeconds;
  const visibility = queue.inputs.visibilityTimeoutSeconds;
  return [
    ...(visibility < longEnough ? [`${queue.name} is invisible for ${visibility} s, less than ${longEnough} s`] : []),
    ...(functionResponseTypes?.includes('ReportBatchItemFailures') ? [] : [`${queue.name} fails whole batches`]),
    ...(concurrency >= 2 && concurrency <= 1000 ? [] : [`${queue.name} is drained without a bound on concurrency`]),
    ...(concurrency === spec.maxConcurrency ? [] : [`${queue.name} is not drained ${spec.maxConcurrency} at a time`]),
    ...(batchSize === spec.batchSize && windowSeconds === spec.batchWindowSeconds
      ? []
      : [`${queue.name} is not batched as the topology says`]),
    ...(batchSize > 10 && windowSeconds < 1 ? [`${queue.name} needs a window for batches above 10`] : []),
    // A message no filter matches is deleted, not kept.
    ...(mapping.inputs.filterCriteria ? [`${queue.name} filters, which deletes what does not match`] : []),
  ];
}
