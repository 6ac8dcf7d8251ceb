import './subscriptions.ts';
import './webhooks.ts';
import './schedules.ts';
import './alarms.ts';
import { deployed } from './functions.ts';
import { router, webhookGateway } from './gateway.ts';

/** What `sst deploy` prints: the two addresses, and the functions people invoke. */
export const outputs = {
  webhooks: webhookGateway.url,
  api: router.url,
  migrate: deployed('opsMigrate').name,
  connect: deployed('opsConnect').name,
  plan: deployed('opsPlan').name,
  inbox: deployed('opsInbox').name,
  webhookKeys: deployed('opsWebhookKeys').name,
  reconcile: deployed('opsReconcile').name,
  rebuild: deployed('opsRebuild').name,
  reverify: deployed('opsReverify').name,
  verifyAudit: deployed('opsVerifyAudit').name,
  reseal: deployed('opsReseal').name,
};
