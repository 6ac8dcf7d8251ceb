import type { CredentialField } from './network.ts';

/** For a network that does not tell in which zone it counts days. */
export const ianaZone: CredentialField = {
  name: 'timeZone',
  label: 'Time zone',
  secret: false,
  pattern: new RegExp(`^(?:${['UTC', ...Intl.supportedValuesOf('timeZone')].join('|').replaceAll('+', '\\+')})$`),
};
