import './subscriptions.ts';
import './webhooks.ts';
import './schedules.ts';
import './alarms.ts';
import { deployed, functionNames } from './functions.ts';
import { router, webhookGateway } from './gateway.ts';

/** `opsVerifyAudit` is printed as `verifyAudit`. */
const invoked = functionNames
  .filter((name) => name.startsWith('ops'))
  .map((name) => [name.charAt(3).toLowerCase() + name.slice(4), deployed(name).name]);

/** What `sst deploy` prints: the two addresses, and the functions people invoke. */
export const outputs = { webhooks: webhookGateway.url, api: router.url, ...Object.fromEntries(invoked) };
