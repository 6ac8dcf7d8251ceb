import { componentName } from '../../names.ts';
import type { FunctionSpec, QueueSpec, RouteSpec, ScheduleSpec } from '../../specs.ts';
import type { FunctionName } from '../../topology.ts';

/** The topology as the checks read it: names with their specifications. */
export interface Topology {
  functions: Readonly<Record<string, FunctionSpec>>;
  routes: readonly RouteSpec[];
  queues: Readonly<Record<string, QueueSpec>>;
  schedules: Readonly<Record<string, ScheduleSpec>>;
}

/** Logical name of the Lambda of a topology name. */
export const lambdaName = (name: FunctionName | string) => `${componentName(name)}Function`;

/** What is in one list and not in the other, as sentences. */
export function difference(subject: string, wanted: readonly string[], found: readonly string[]): string[] {
  const missing = wanted.filter((item) => !found.includes(item));
  const surplus = found.filter((item) => !wanted.includes(item));
  return [
    ...missing.map((item) => `${subject} lacks ${item}`),
    ...surplus.map((item) => `${subject} has ${item}, which the topology does not name`),
  ];
}
