import type { Hole } from './hole.ts';

const queue = 'aws:sqs/queue:Queue';
const mapping = 'aws:lambda/eventSourceMapping:EventSourceMapping';

export const queueHoles: Hole[] = [
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
];
