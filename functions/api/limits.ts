import type { Client } from '@tributary/core/client';
import type { Cost } from '@tributary/http/access';
import { networkOf } from '@tributary/http/edge/client';
import type { Limit, Use } from '@tributary/http/edge/limit';
import type { PlanName } from '@tributary/identity/plan/plan';

const perMinute = (name: string, quota: number, burst: number): Limit => ({ name, quota, windowSeconds: 60, burst });

/** From one address: by anybody, above what plans grant a program; and by nobody we know, which is little, but not for an office with a page that has lost its session. */
export const byAddress = {
  address: perMinute('address', 12_000, 4000),
  strangers: perMinute('strangers', 300, 100),
} as const;

/** What each plan is a multiple of. */
const free = {
  organization: [600, 200],
  /** A person or a key: a part of it, so that one that goes astray leaves the others something. */
  credential: [400, 150],
  write: [300, 100],
  /** What asks providers, or reads through much. */
  heavy: [30, 10],
} as const;

const multiples: Readonly<Record<PlanName, number>> = { free: 1, pro: 3, business: 10, enterprise: 25 };

type PlanLimits = Readonly<Record<keyof typeof free, Limit>>;

/** How often members of an organization may ask, by its plan: never more in any minute, and so many at once. */
export const byPlan = Object.fromEntries(
  Object.entries(multiples).map(([plan, multiple]) => [
    plan,
    Object.fromEntries(
      Object.entries(free).map(([name, [quota, burst]]) => [name, perMinute(name, quota * multiple, burst * multiple)]),
    ),
  ]),
) as Readonly<Record<PlanName, PlanLimits>>;

/** How often one consumer may ask. */
const consumer = { every: perMinute('consumer', 120, 40), heavy: perMinute('heavy', 10, 5) };

/** To sign in, sign up, ask for a mail, or prove anything by a secret a person chose: of one account, from one address (ASVS 6.3.1). */
const attempts = perMinute('attempts', 10, 5);

/** What a request of a member counts against. */
export function usesOfMember(
  plan: PlanName,
  { orgId, subject }: { orgId: string; subject: string },
  cost: Cost,
): Use[] {
  const limits = byPlan[plan];
  const uses = [
    { limit: limits.organization, subject: orgId },
    { limit: limits.credential, subject: `${orgId} ${subject}` },
  ];
  return cost === 'read' ? uses : [...uses, { limit: limits[cost], subject: orgId }];
}

/** What a request of a consumer counts against. */
export function usesOfConsumer({ subject }: { subject: string }, cost: Cost): Use[] {
  const uses = [{ limit: consumer.every, subject }];
  return cost === 'heavy' ? [...uses, { limit: consumer.heavy, subject }] : uses;
}

/** What a request of a person at a browser counts against: of a visitor, nothing beside the address. */
export function usesOfPerson({ role, subject }: { role: string; subject: string }, cost: Cost): Use[] {
  return role === 'visitor' ? [] : usesOfConsumer({ subject }, cost);
}

/** What an attempt to be let in counts against. @param account as it was typed in: an address that nobody has counts too */
export function usesOfAttempt(account: string, { address }: Client): Use[] {
  const from = address === null ? 'nowhere' : networkOf(address);
  return [
    { limit: attempts, subject: `${account.normalize('NFKC').trim().toLowerCase()} ${from}` },
    { limit: byAddress.strangers, subject: from },
  ];
}
