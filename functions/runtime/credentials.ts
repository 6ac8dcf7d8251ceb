import { systemClock } from '@tributary/core/clock';
import { createEnvelope, type Envelope } from '@tributary/credentials/envelope';
import { createKmsClient } from '@tributary/credentials/kms-client';
import { wrappingKey } from '@tributary/credentials/wrapping-key';
import { credentialsKeyArn } from './config.ts';

let envelope: Envelope | undefined;

/** Opens and seals credentials with this stage's key; one per instance, since it keeps opened data keys for minutes. */
export function credentials(): Envelope {
  envelope ??= createEnvelope({
    kms: createKmsClient(),
    keys: [wrappingKey(credentialsKeyArn())],
    clock: systemClock,
  });
  return envelope;
}
