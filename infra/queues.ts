import { componentName } from './names.ts';
import type { QueueName, QueueSpec } from './specs.ts';
import { type FunctionName, queues } from './topology.ts';

const DAY_SECONDS = 24 * 60 * 60;

function workQueue(name: string, spec: QueueSpec<FunctionName>) {
  // The clock of a dead letter starts at its first send: 14 days leave ten after the source's four.
  const deadLetters = new sst.aws.Queue(`${componentName(name)}Dlq`, {
    transform: { queue: { messageRetentionSeconds: 14 * DAY_SECONDS, sqsManagedSseEnabled: true } },
  });
  const queue = new sst.aws.Queue(componentName(name), {
    visibilityTimeout: `${spec.visibilityTimeoutSeconds} seconds`,
    dlq: { queue: deadLetters.arn, retry: spec.maxReceiveCount },
    transform: { queue: { messageRetentionSeconds: 4 * DAY_SECONDS, sqsManagedSseEnabled: true } },
  });
  return { spec, queue, deadLetters };
}

export const workQueues = new Map(
  Object.entries(queues).map(([name, spec]) => [name as QueueName, workQueue(name, spec)]),
);
