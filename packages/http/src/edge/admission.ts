import { AppError } from '@tributary/core/errors';
import type { Cost } from '../access.ts';
import { networkOf } from './client.ts';
import type { Limit, Use } from './limit.ts';
import type { Limiter } from './limiter.ts';
import type { Standing } from './rate-limited.ts';

/** How often an API may be asked. */
export interface RequestLimits<Who> {
  limiter: Limiter;
  /** From one address, by whomever. */
  address: Limit;
  /** From one address, by nobody we know. */
  strangers: Limit;
  /** What a request of somebody known counts against beside. */
  usesOf: (who: Who, cost: Cost) => readonly Use[] | Promise<readonly Use[]>;
}

/** The steps of letting one request in. */
interface Admission<Who> {
  /** Before who asks is known: refuses an address that is known to have asked too often, and asks no store. @throws RateLimited */
  enter(): void;
  /** Somebody is nobody we know: counts it. @throws RateLimited instead of what they would have been told */
  turnAway(error: unknown): Promise<void>;
  /** Counts a request of somebody known, against all its limits with one question; null where there is none. @throws RateLimited, or AppError `unavailable` */
  admit(who: Who, cost: Cost): Promise<Standing | null>;
}

export function admissionOf<Who>(limits: RequestLimits<Who>, address: string | null): Admission<Who> {
  const { limiter, usesOf } = limits;
  // Without an address nobody came by a network.
  const by = (limit: Limit): Use[] => (address === null ? [] : [{ limit, subject: networkOf(address) }]);
  const ofAddress = by(limits.address);
  const ofStrangers = [...ofAddress, ...by(limits.strangers)];
  return {
    // Also of strangers: a flood of wrong credentials is not looked up one by one, at the price of who is right beside them.
    enter: () => limiter.assertNotDenied(ofStrangers),
    async turnAway(error) {
      const isStranger = error instanceof AppError && (error.code === 'unauthenticated' || error.code === 'forbidden');
      if (isStranger && ofStrangers.length > 0) await limiter.admit(ofStrangers);
    },
    async admit(who, cost) {
      const uses = [...ofAddress, ...(await usesOf(who, cost))];
      return uses.length === 0 ? null : limiter.admit(uses);
    },
  };
}
