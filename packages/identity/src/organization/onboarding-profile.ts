import * as z from 'zod';

const businessType = z.enum(['cafe', 'restaurant', 'retail', 'services', 'online', 'agency', 'other']);
const goal = z.enum(['loyalty', 'accounting', 'affiliate', 'events', 'portfolio']);

/** What kind of business it is, as it was told when it was set up. Choices only: no words in which somebody could be named. */
export const onboardingProfile = z
  .strictObject({
    businessType: businessType.optional(),
    locations: z.int().min(1).max(100_000).optional(),
    salesPerMonth: z.enum(['under_1000', 'under_10000', 'under_100000', 'more']).optional(),
    posProvider: z.enum(['square', 'clover', 'other']).optional().describe('What they sell with.'),
    goals: z.array(goal).max(goal.options.length).refine(isSet, 'names one twice').optional(),
    completed: z.boolean().optional().describe('Whether setting up is done.'),
  })
  .meta({ id: 'OnboardingProfile', description: 'What kind of business it is.' });

function isSet(goals: readonly string[]): boolean {
  return new Set(goals).size === goals.length;
}
