import { alarmsComplete } from './alarms.ts';
import { functionsMatch, linkShapesSound, linksMatch, webhooksIsolated } from './functions.ts';
import { grantsMatch, invokersKnown, policiesExact, rolesTrustOneService } from './policies.ts';
import { deadLettersKept, queuesMatch, subscriptionsSound } from './queues.ts';
import { anchorsKept, appGuarded, databaseKept, keyKept, loginsBoundByRowSecurity, migratedFirst } from './stores.ts';
import { edgeProves, nothingCached, notificationUrlServed, routesMatch, schedulesMatch } from './surface.ts';

/** Every check over what a stage would create; each returns the faults it found as sentences. */
export const checks = {
  appGuarded,
  functionsMatch,
  linksMatch,
  linkShapesSound,
  webhooksIsolated,
  routesMatch,
  notificationUrlServed,
  schedulesMatch,
  nothingCached,
  edgeProves,
  queuesMatch,
  deadLettersKept,
  subscriptionsSound,
  policiesExact,
  rolesTrustOneService,
  grantsMatch,
  invokersKnown,
  keyKept,
  loginsBoundByRowSecurity,
  databaseKept,
  anchorsKept,
  migratedFirst,
  alarmsComplete,
};
