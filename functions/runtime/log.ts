export type LogLevel = 'INFO' | 'WARN' | 'ERROR';

/** Ids, counts and words of ours. Nothing a customer or a provider wrote, and no error message: drivers quote values in them. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes one line of JSON to stdout, which CloudWatch takes as a structured record. */
export function log(level: LogLevel, event: string, fields: LogFields): void {
  const line = { timestamp: new Date().toISOString(), level, event, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The class of an error and of its cause, and nothing they say. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  return { error: error.name, cause: error.cause instanceof Error ? error.cause.name : undefined };
}
