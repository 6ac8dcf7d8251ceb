import type { SecretName } from './specs.ts';
import { functions } from './topology.ts';

const names = new Set<SecretName>(
  Object.values(functions).flatMap((spec) => ('secrets' in spec ? [...spec.secrets] : [])),
);

// A provider's secret exists only once it knows our URL, so the first deploy goes without: an empty list accepts nobody.
const placeholders: Partial<Record<SecretName, string>> = {
  SquareSignatureKeys: '[]',
  CloverAuthCodes: '[]',
  XeroWebhookKeys: '[]',
  SquareClientSecret: 'unset',
  CloverClientSecret: 'unset',
  XeroClientSecret: 'unset',
};

/** One per name in the topology; values come from `sst secret set`. */
export const secrets = new Map([...names].map((name) => [name, new sst.Secret(name, placeholders[name])]));
