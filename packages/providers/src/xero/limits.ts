import type { RateBudget, RateLimit } from '@tributary/core/rate-limit';
import type { LimitedAnswer } from '../rate-limit.ts';

/** On the Starter tier a day has 1,000, on all others 5,000. @see https://developer.xero.com/documentation/guides/oauth2/limits */
export const limits: readonly RateLimit[] = [
  { scope: 'app', window: 'minute', limit: 10_000 },
  { scope: 'account', window: 'minute', limit: 60 },
  { scope: 'account', window: 'day', limit: 5000, least: 1000 },
  { scope: 'account', window: 'concurrent', limit: 5 },
];

type Counted = Pick<RateLimit, 'scope' | 'window'>;

const remainders: readonly (Counted & { name: string })[] = [
  { name: 'x-daylimit-remaining', scope: 'account', window: 'day' },
  { name: 'x-minlimit-remaining', scope: 'account', window: 'minute' },
  { name: 'x-appminlimit-remaining', scope: 'app', window: 'minute' },
];

/** Words of `X-Rate-Limit-Problem`, on a 429. */
const problems = new Map<string, Counted>([
  ['day', { scope: 'account', window: 'day' }],
  ['minute', { scope: 'account', window: 'minute' }],
  ['appminute', { scope: 'app', window: 'minute' }],
  ['concurrent', { scope: 'account', window: 'concurrent' }],
]);

/** Every answer tells what is left; a 429 also which limit it is about, whatever the remainders say. */
export function budgetsIn({ headers }: LimitedAnswer): RateBudget[] {
  const problem = problems.get(headers.get('x-rate-limit-problem')?.trim().toLowerCase() ?? '');
  const told = remainders.flatMap(({ name, scope, window }) => {
    const text = headers.get(name)?.trim() ?? '';
    const isProblem = problem?.scope === scope && problem.window === window;
    return /^\d{1,9}$/.test(text) && !isProblem ? [{ scope, window, remaining: Number(text) }] : [];
  });
  return problem ? [...told, { ...problem, remaining: 0 }] : told;
}
