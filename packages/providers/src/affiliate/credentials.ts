import { invalidFields } from '@tributary/core/errors';
import type { AccountAccess, Address } from '../address.ts';
import type { CredentialField, Credentials, Network } from './network.ts';

/** DNS name of a public host: no address, no port, no name that only a private network knows. */
export const publicHost =
  /^(?!.*\.(?:local|localhost|internal|lan|home|corp|intranet|arpa)$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}$/;

/** For a network that does not tell in which currency it states amounts. */
export const isoCurrency: CredentialField = {
  name: 'currency',
  label: 'Currency',
  secret: false,
  pattern: new RegExp(`^(?:${Intl.supportedValuesOf('currency').join('|')})$`),
};

/**
 * What somebody typed in, checked before anything is asked. Blanks around a value are what copying leaves.
 * @throws AppError `validation_failed`, naming the fields and never a value
 */
export function readCredentials(
  fields: readonly CredentialField[],
  given: Readonly<Record<string, string>>,
): Credentials {
  const unknown = Object.keys(given).filter((name) => !fields.some((field) => field.name === name));
  const read = fields.map((field) => [field, (given[field.name] ?? '').trim()] as const);
  const wrong = read.filter(([{ pattern }, text]) => pattern.exec(text)?.[0] !== text || text === '');
  const issues = [
    ...wrong.map(([{ name, label }]) => ({ path: name, message: `is not what a ${label} looks like` })),
    ...(unknown.length > 0 ? [{ path: '', message: 'has unknown fields' }] : []),
  ];
  if (issues.length > 0) throw invalidFields(issues);
  return Object.fromEntries(read.map(([{ name }, text]) => [name, text]));
}

/** Credentials as the one text that is sealed in the place of an access token. */
export function toAccessToken(credentials: Credentials): string {
  return JSON.stringify(credentials);
}

/** How a network is reached with a sealed text. @param simulatedUrl takes the place of the network's own address */
export function networkAddress(network: Network, simulatedUrl: string | null = null) {
  return ({ accessToken }: Pick<AccountAccess, 'accessToken'>): Address => {
    const credentials = JSON.parse(accessToken) as Credentials;
    return network.addressOf(credentials, simulatedUrl ?? network.baseUrl ?? `https://${credentials.host}`);
  };
}
