import { parentPort, workerData } from 'node:worker_threads';
import type { FunctionError } from './lambda-error.ts';

/** What an instance is started with. */
export interface InstanceSetup {
  /** File URL of the bundle's entry. */
  bundle: string;
  exportName: string;
  functionName: string;
  memoryMb: number;
}

/** One invocation sent to an instance; the event travels as JSON text, as on the wire. */
export interface InvocationMessage {
  requestId: string;
  eventJson: string;
  deadlineAt: number;
}

export type InstanceMessage = { requestId: string; responseJson: string } | { requestId: string; error: FunctionError };

type Handler = (event: unknown, context: unknown) => unknown;

function describe(thrown: unknown): FunctionError {
  if (!(thrown instanceof Error)) return { errorType: 'Error', errorMessage: String(thrown) };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
}

function contextOf(setup: InstanceSetup, { requestId, deadlineAt }: InvocationMessage) {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: false,
    functionName: setup.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${setup.functionName}`,
    logGroupName: `/aws/lambda/${setup.functionName}`,
    logStreamName: 'local',
    memoryLimitInMB: String(setup.memoryMb),
    getRemainingTimeInMillis: () => Math.max(0, deadlineAt - Date.now()),
  };
}

async function loadHandler(setup: InstanceSetup): Promise<Handler> {
  const handler = ((await import(setup.bundle)) as Record<string, unknown>)[setup.exportName];
  if (typeof handler !== 'function') throw new TypeError(`${setup.exportName} is undefined or not exported`);
  return handler as Handler;
}

function serve(setup: InstanceSetup, port: NonNullable<typeof parentPort>): void {
  // Kept for the life of the instance: a failed start fails every invocation sent to it.
  const loading = loadHandler(setup);
  loading.catch(() => undefined);
  port.on('message', async (message: InvocationMessage) => {
    const { requestId } = message;
    let answer: InstanceMessage;
    try {
      const handler = await loading;
      const response = await handler(JSON.parse(message.eventJson), contextOf(setup, message));
      answer = { requestId, responseJson: JSON.stringify(response) ?? 'null' };
    } catch (thrown) {
      answer = { requestId, error: describe(thrown) };
    }
    port.postMessage(answer);
  });
}

if (parentPort !== null) serve(workerData as InstanceSetup, parentPort);
