import type { Random } from '../kernel/random.ts';
import type { Attempt, WebhookSender } from '../kernel/webhook-sender.ts';
import { sign, toBody } from './webhook-events.ts';

export const answerWithinMs = 5000;

/** One request of the round, and what was wrong with its answer. */
export interface Probe {
  readonly isSignedRightly: boolean;
  readonly status: number | null;
  readonly problems: readonly ('no_answer' | 'wrong_status' | 'has_body' | 'sets_cookie' | 'too_slow')[];
}

export interface IntentToReceive {
  readonly isPassed: boolean;
  readonly probes: readonly Probe[];
}

/** Some signed rightly and some not, both for sure. */
const probesOfEachKind = 2;

/**
 * Posts empty deliveries, one after the other and at once: the clock need not move. What is signed rightly wants 200, what
 * is not 401, each without a body and a cookie and within 5 seconds.
 * @see https://developer.xero.com/documentation/webhooks/configuring-your-server
 */
export async function testIntentToReceive(options: {
  url: string;
  key: string;
  random: Random;
  sender: WebhookSender;
}): Promise<IntentToReceive> {
  const probes: Probe[] = [];
  for (const isSignedRightly of toOrder(options.random)) {
    const body = toBody([], 0, options.random);
    const key = isSignedRightly ? options.key : options.random.text(options.key.length);
    const headers = () => ({ 'content-type': 'application/json', 'x-xero-signature': sign(key, body) });
    const probe = { id: 'intent-to-receive', topic: 'intent-to-receive', url: options.url, body, headers };
    const attempt = await options.sender.sendOnce(probe);
    probes.push({ isSignedRightly, status: attempt.status, problems: problemsOf(attempt, isSignedRightly) });
  }
  return { isPassed: probes.every(({ problems }) => problems.length === 0), probes };
}

function toOrder(random: Random): boolean[] {
  const left = [probesOfEachKind, probesOfEachKind];
  const order: boolean[] = [];
  while (order.length < 2 * probesOfEachKind) {
    const kind = random.below(2);
    if (left[kind] === 0) continue;
    left[kind] = (left[kind] ?? 0) - 1;
    order.push(kind === 1);
  }
  return order;
}

function problemsOf(attempt: Attempt, isSignedRightly: boolean): Probe['problems'] {
  if (attempt.status === null) return [attempt.failure === 'http_timeout' ? 'too_slow' : 'no_answer'];
  const found = {
    wrong_status: attempt.status !== (isSignedRightly ? 200 : 401),
    has_body: attempt.bodyBytes > 0,
    sets_cookie: attempt.setsCookie,
    too_slow: attempt.tookMs > answerWithinMs,
  };
  return (Object.keys(found) as (keyof typeof found)[]).filter((problem) => found[problem]);
}
