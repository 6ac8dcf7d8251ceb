import { normalizeEmail, normalizeMobile } from '@tributary/core/contact';
import { type FieldIssue, invalidFields } from '@tributary/core/errors';
import type { Reader } from '@tributary/db/read';
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Identity } from './identity.ts';

const external = z.strictObject({
  provider: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be the name of a provider'),
  value: z
    .string()
    .max(320)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must be an id without control characters')
    .describe('The id at the provider.'),
});

/** By what somebody at a till knows a customer. */
export const contacts = z.strictObject({
  email: z.string().optional(),
  mobile: z.string().optional().describe('With country code, or as it is dialled in the country of the organization.'),
  external: external.optional(),
});

type Contacts = z.output<typeof contacts>;

/** How many of them are there. */
export const countContacts = (given: Contacts) => Object.values(given).filter((value) => value !== undefined).length;

/**
 * Contacts as identities.
 * @param country ISO 3166-1 alpha-2, for numbers without a country code
 * @throws AppError `validation_failed` naming what cannot be an address or number.
 */
export function readContacts({ email, mobile, external }: Contacts, country: string): Identity[] {
  const issues: FieldIssue[] = [];
  const contact = (kind: 'email' | 'mobile', value: string | null, message: string): Identity[] => {
    if (value !== null) return [{ kind, provider: '', value }];
    issues.push({ path: kind, message });
    return [];
  };
  const identities: Identity[] = [
    ...(external ? [{ kind: 'external' as const, ...external }] : []),
    ...(email === undefined ? [] : contact('email', normalizeEmail(email), 'must be an e-mail address')),
    ...(mobile === undefined ? [] : contact('mobile', normalizeMobile(mobile, country), 'must be a telephone number')),
  ];
  if (issues.length === 0) return identities;
  throw invalidFields(issues);
}

/** Selects the country of the organization, ISO 3166-1 alpha-2. */
export function selectCountry(reader: Reader, orgId: string) {
  return reader
    .select({ country: sql<string>`o.country` })
    .from(sql`identity.organizations o`)
    .where(sql`o.id = ${orgId}`);
}
