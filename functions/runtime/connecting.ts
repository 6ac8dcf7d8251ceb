import { systemClock } from '@tributary/core/clock';
import type { ConnectDependencies } from '@tributary/sync/connection/authorization';
import { secretKey, setting } from './config.ts';
import { credentials } from './credentials.ts';
import { database } from './database.ts';
import { log } from './log.ts';
import { providerAccess } from './providers.ts';
import { toSync } from './senders.ts';

let composed: ConnectDependencies | undefined;

/** What connecting takes on this stage, composed once per instance. */
export function connecting(): ConnectDependencies {
  composed ??= compose();
  return composed;
}

function compose(): ConnectDependencies {
  return {
    system: database('system'),
    envelope: credentials(),
    oauth: providerAccess().oauth,
    connectKey: secretKey('ConnectKey'),
    redirectUrl: setting('CONNECT_REDIRECT_URL'),
    clock: systemClock,
    enqueue: (messages) => toSync.sendAll(messages.map((message) => ({ v: 1, ...message }))),
    report: log,
  };
}
