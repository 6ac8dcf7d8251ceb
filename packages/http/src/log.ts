import { AppError } from '@tributary/core/errors';
import { ResponseMismatch } from './wire.ts';

/** One request, one line. Ids only: no path, header, body or message of an error. */
export interface LogLine {
  level: 'INFO' | 'ERROR';
  app: string;
  requestId: string;
  operationId: string | null;
  orgId: string | null;
  status: number;
  /** Milliseconds from request to response. */
  ms: number;
  error?: string;
  /** Paths at which a response did not fit its schema. */
  fields?: readonly string[];
}

export type Log = (line: LogLine) => void;

/** Straight to stdout: Lambda's console would wrap the line in a second JSON document. */
export const logToStdout: Log = (line) => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** An error as it may be logged: its code or its class, which hold no values. */
export function describeError(error: unknown): Pick<LogLine, 'error' | 'fields'> {
  if (error instanceof AppError) return { error: error.code };
  if (error instanceof ResponseMismatch) return { error: error.name, fields: error.fields };
  return { error: error instanceof Error && /^\w{1,64}$/.test(error.name) ? error.name : 'unknown' };
}
