/** SST links a queue with `sqs:*`. Whoever links one here may send to it and nothing else. */
sst.Linkable.wrap(sst.aws.Queue, (queue) => ({
  properties: { url: queue.url },
  include: [sst.aws.permission({ actions: ['sqs:SendMessage'], resources: [queue.arn] })],
}));
