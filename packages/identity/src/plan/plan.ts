import * as z from 'zod';

/** What an organization pays for, from least to most. */
export const planName = z.enum(['free', 'pro', 'business', 'enterprise']);

export type PlanName = z.infer<typeof planName>;

/** The most there may be of each; null: as many as they like. */
export const planLimits = z
  .strictObject({
    connections: z.int().positive().nullable().describe('Accounts at providers that are not disconnected.'),
    members: z.int().positive().nullable().describe('People who are members or invited.'),
    apiKeys: z.int().positive().nullable().describe('Keys that are neither revoked nor expired.'),
    whiteLabel: z.boolean().describe('Whether there may be a name, a logo and colors of their own.'),
  })
  .meta({ id: 'PlanLimits' });

type PlanLimits = z.infer<typeof planLimits>;

/** What is counted against a plan. */
export type Counted = Exclude<keyof PlanLimits, 'whiteLabel'>;

export const plans: Readonly<Record<PlanName, PlanLimits>> = {
  free: { connections: 5, members: 3, apiKeys: 2, whiteLabel: false },
  pro: { connections: 20, members: 10, apiKeys: 10, whiteLabel: false },
  business: { connections: 100, members: 50, apiKeys: 50, whiteLabel: true },
  enterprise: { connections: null, members: null, apiKeys: null, whiteLabel: true },
};
