import { AppError } from '@tributary/core/errors';
import { idPattern, showId } from '@tributary/core/ids';
import * as z from 'zod';
import { planLimits, planName, plans } from '../plan/plan.ts';
import { baseCurrency, country, organizationName, timeZone } from './fields.ts';
import { onboardingProfile } from './onboarding-profile.ts';
import type { organizations } from './organization.sql.ts';
import { whiteLabel } from './white-label.ts';

/** What its managers set. */
export const settings = z.strictObject({
  name: organizationName,
  country: country.describe('ISO 3166-1 alpha-2: telephone numbers without a country code are of it.'),
  timeZone: timeZone.describe('IANA: decides which day a sale is of.'),
  baseCurrency: baseCurrency.describe('ISO 4217. Stored amounts keep the currency they are in.'),
  whiteLabel: whiteLabel.nullable(),
  onboardingProfile: onboardingProfile.nullable(),
});

export type Settings = z.infer<typeof settings>;

export const organization = z
  .strictObject({
    id: z.string().regex(idPattern('organization')),
    ...settings.shape,
    // As it is stored: a zone or a currency may have gone out of use since.
    ...{ name: z.string(), country: z.string(), timeZone: z.string(), baseCurrency: z.string() },
    status: z.enum(['active', 'suspended']),
    plan: planName,
    limits: planLimits,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Organization', description: 'The organization you act for.' });

export type Organization = z.infer<typeof organization>;

/** @throws AppError `internal` for settings that nothing but these schemas ever stored */
export function serializeOrganization(row: typeof organizations.$inferSelect): Organization {
  const plan = planName.parse(row.plan);
  const shown = {
    ...row,
    id: showId('organization', row.id),
    plan,
    limits: plans[plan],
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
  const result = organization.safeParse(shown);
  if (result.success) return result.data;
  throw new AppError('internal', 'A stored organization cannot be read.', { cause: result.error });
}
