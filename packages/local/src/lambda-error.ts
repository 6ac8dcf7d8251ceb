/** What Lambda puts into the payload of a failed invocation. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: readonly string[];
}

/** Result of `Invoke` as Lambda gives it: a payload, and `functionError` when that payload describes a failure. */
export type InvocationResult =
  | { functionError?: never; payload: unknown }
  | { functionError: 'Unhandled'; payload: FunctionError };

/** Six megabytes, Lambda's limit for the event and for the response of a synchronous invocation. */
export const payloadLimitBytes = 6 * 1024 * 1024;

/** Lambda's wording for a function that ran out of time. */
export function timedOut(requestId: string, timeoutSeconds: number): FunctionError {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
  return { errorType: 'Sandbox.Timedout', errorMessage };
}

/** Lambda's wording for a process that ended during an invocation. */
export function exited(requestId: string, status: string): FunctionError {
  const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${status}`;
  return { errorType: 'Runtime.ExitError', errorMessage };
}

/** Lambda's refusal of an event or response above six megabytes. */
export function tooLarge(part: 'event' | 'response', bytes: number): FunctionError {
  const errorType = part === 'event' ? 'RequestEntityTooLargeException' : 'Function.ResponseSizeTooLarge';
  return {
    errorType,
    errorMessage: `${part} size ${bytes} exceeded maximum allowed payload size (${payloadLimitBytes} bytes).`,
  };
}
