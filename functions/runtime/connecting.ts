import { systemClock } from '@tributary/core/clock';
import type { ConnectDependencies } from '@tributary/sync/connection/authorization';
import { secretKey, setting } from './config.ts';
import { credentials } from './credentials.ts';
import { database } from './database.ts';
import { log } from './log.ts';
import { ofEach, simulatesProviders } from './providers.ts';
import { sendToSync } from './sync-queue.ts';

let composed: ConnectDependencies | undefined;

/** What connecting takes on this stage, composed once per instance. */
export function connecting(): ConnectDependencies {
  composed ??= compose();
  return composed;
}

function compose(): ConnectDependencies {
  const guard = { allowLoopback: simulatesProviders(), clock: systemClock };
  return {
    system: database('system'),
    envelope: credentials(),
    oauth: ofEach(({ oauth }) => oauth(guard)),
    connectKey: secretKey('ConnectKey'),
    redirectUrl: setting('CONNECT_REDIRECT_URL'),
    clock: systemClock,
    enqueue: (messages) => sendToSync(messages.map((message) => ({ v: 1, ...message }))),
    report: log,
  };
}
