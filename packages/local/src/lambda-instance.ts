import { Worker } from 'node:worker_threads';
import {
  exited,
  type FunctionError,
  type InvocationResult,
  payloadLimitBytes,
  timedOut,
  tooLarge,
} from './lambda-error.ts';
import type { InstanceMessage, InstanceSetup, InvocationMessage } from './lambda-worker.ts';

export interface Instance {
  /** False once the worker has ended, by a crash, a timeout or `stop()`. */
  readonly alive: boolean;
  invoke(requestId: string, eventJson: string, timeoutSeconds: number): Promise<InvocationResult>;
  stop(): Promise<void>;
}

const failure = (payload: FunctionError): InvocationResult => ({ functionError: 'Unhandled', payload });

function resultOf(message: InstanceMessage): InvocationResult {
  if ('error' in message) return failure(message.error);
  const bytes = Buffer.byteLength(message.responseJson);
  if (bytes > payloadLimitBytes) return failure(tooLarge('response', bytes));
  return { payload: JSON.parse(message.responseJson) };
}

/**
 * One warm copy of a function in a worker thread with its own environment and module state.
 * It takes one invocation at a time; the pool above keeps to that.
 */
export function startInstance(
  setup: InstanceSetup,
  env: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Instance {
  let alive = true;
  let answer: ((result: InvocationResult) => void) | undefined;
  let current = '';
  const worker = new Worker(new URL('./lambda-worker.ts', import.meta.url), {
    workerData: setup,
    env,
    stdout: true,
    stderr: true,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: setup.memoryMb },
  });
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => log(text.trimEnd()));
  }
  const settle = (result: InvocationResult) => {
    const settled = answer;
    answer = undefined;
    settled?.(result);
  };
  worker.on('message', (message: InstanceMessage) => {
    if (message.requestId === current) settle(resultOf(message));
  });
  worker.on('error', (error: Error) => {
    alive = false;
    log(`${setup.functionName} crashed: ${error.stack ?? error.message}`);
    settle(failure(exited(current, error.message)));
  });
  worker.on('exit', (status) => {
    alive = false;
    settle(failure(exited(current, `exit status ${status}`)));
  });

  return {
    get alive() {
      return alive;
    },
    invoke(requestId, eventJson, timeoutSeconds) {
      current = requestId;
      const timeoutMs = timeoutSeconds * 1000;
      const message: InvocationMessage = { requestId, eventJson, deadlineAt: Date.now() + timeoutMs };
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          alive = false;
          settle(failure(timedOut(requestId, timeoutSeconds)));
          void worker.terminate();
        }, timeoutMs);
        answer = (result) => {
          clearTimeout(timer);
          resolve(result);
        };
        worker.postMessage(message);
      });
    },
    async stop() {
      alive = false;
      await worker.terminate();
    },
  };
}
