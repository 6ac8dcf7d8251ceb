import { functionArn } from './functions.ts';
import { componentName } from './names.ts';
import { schedules } from './topology.ts';

for (const [name, spec] of Object.entries(schedules)) {
  // No retry: the next tick finds whatever this one missed.
  new sst.aws.CronV2(componentName(name), { schedule: spec.rate, function: functionArn(spec.function), retries: 0 });
}
