import { alarmHoles } from './alarms.ts';
import { functionHoles } from './functions.ts';
import type { Hole } from './hole.ts';
import { policyHoles } from './policies.ts';
import { queueHoles } from './queues.ts';
import { storeHoles } from './stores.ts';
import { surfaceHoles } from './surface.ts';

/** Faults that are planted in a sound stage, in the files of the checks that must see them. */
export const holes: Hole[] = [
  ...alarmHoles,
  ...functionHoles,
  ...policyHoles,
  ...queueHoles,
  ...storeHoles,
  ...surfaceHoles,
];
