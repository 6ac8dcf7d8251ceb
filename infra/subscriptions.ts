import { functionArn } from './functions.ts';
import { workQueues } from './queues.ts';

for (const { queue, spec } of workQueues.values()) {
  queue.subscribe(functionArn(spec.subscriber), {
    // Without partial responses one failed record would bring its whole batch back.
    batch: { size: spec.batchSize, window: `${spec.batchWindowSeconds} seconds`, partialResponses: true },
    transform: { eventSourceMapping: { scalingConfig: { maximumConcurrency: spec.maxConcurrency } } },
  });
}
