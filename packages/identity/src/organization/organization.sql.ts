import { instant } from '@tributary/db/columns';
import { jsonb, pgSchema, text, uuid } from 'drizzle-orm/pg-core';

export const organizations = pgSchema('identity').table('organizations', {
  id: uuid('id').notNull(),
  name: text('name').notNull(),
  country: text('country').notNull(),
  status: text('status').notNull(),
  timeZone: text('time_zone').notNull(),
  baseCurrency: text('base_currency').notNull(),
  plan: text('plan').notNull(),
  whiteLabel: jsonb('white_label'),
  onboardingProfile: jsonb('onboarding_profile'),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});
