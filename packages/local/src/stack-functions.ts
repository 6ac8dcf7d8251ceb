import type { FunctionSpec, QueueName } from '@tributary/infra/specs';
import { type FunctionName, functions, queues } from '@tributary/infra/topology';
import type { Bundle } from './bundle.ts';
import { type EventSource, startEventSource } from './event-source.ts';
import { environmentOf, type Surroundings } from './function-environment.ts';
import { createLambda, type LambdaFunction } from './lambda.ts';
import type { InvocationResult } from './lambda-error.ts';
import { type LocalSqs, region } from './sqs.ts';
import { InvocationError, type StackOptions } from './stack-options.ts';

export const functionSpecs: Readonly<Record<FunctionName, FunctionSpec>> = functions;
export const queueNames = Object.keys(queues) as QueueName[];
/** Instances of a function that no queue bounds; AWS would run a thousand. */
const unboundedConcurrency = 8;

export interface Functions {
  readonly running: number;
  invoke(name: FunctionName, event: unknown): Promise<InvocationResult>;
  /** The payload. @throws InvocationError when the function failed. */
  call(name: FunctionName, event: unknown): Promise<unknown>;
  reload(name: string): void;
  stop(): Promise<void>;
}

/** Every function of the topology, each with its own environment and instances. */
export function createFunctions(
  bundles: readonly Bundle[],
  around: Surroundings,
  log: (line: string) => void,
): Functions {
  const bounds = new Map<string, number>(
    Object.values(queues).map((queue) => [queue.subscriber, queue.maxConcurrency]),
  );
  const create = ({ functionName, entry, exportName, folder }: Bundle): [string, LambdaFunction] => {
    const name = functionName as FunctionName;
    const spec = functionSpecs[name];
    const lambda = createLambda({
      functionName,
      bundlePath: entry,
      exportName,
      timeoutSeconds: spec.timeoutSeconds,
      memoryMb: spec.memoryMb,
      env: environmentOf(name, spec, folder, around),
      concurrency: bounds.get(name) ?? unboundedConcurrency,
      log: (line) => log(`[${name}] ${line}`),
    });
    return [name, lambda];
  };
  const lambdas = new Map(bundles.map(create));
  const invoke = (name: FunctionName, event: unknown) => {
    const lambda = lambdas.get(name);
    if (lambda === undefined) throw new Error(`No function named ${name}.`);
    return lambda.invoke(event);
  };
  return {
    get running() {
      return [...lambdas.values()].reduce((sum, lambda) => sum + lambda.running, 0);
    },
    invoke,
    async call(name, event) {
      const result = await invoke(name, event);
      if (result.functionError === undefined) return result.payload;
      throw new InvocationError(name, result.payload.errorType, result.payload.errorMessage);
    },
    reload: (name) => lambdas.get(name)?.reload(),
    async stop() {
      await Promise.all([...lambdas.values()].map((lambda) => lambda.stop()));
    },
  };
}

/** One event source mapping per queue of the topology. */
export function startPollers(options: StackOptions, sqs: LocalSqs, invoke: Functions['invoke']): EventSource[] {
  const { retryVisibilitySeconds } = options;
  return queueNames.map((name) => {
    const queue = queues[name];
    return startEventSource({
      endpoint: sqs.url,
      region,
      queueUrl: sqs.queueUrl(name),
      queueArn: sqs.queueArn(name),
      batchSize: queue.batchSize,
      batchWindowSeconds: options.batchWindowSeconds ?? queue.batchWindowSeconds,
      maxConcurrency: queue.maxConcurrency,
      ...(retryVisibilitySeconds === undefined ? {} : { retryVisibilitySeconds }),
      invoke: (event) => invoke(queue.subscriber, event),
      log: (line) => options.log(`[${name}] ${line}`),
    });
  });
}
