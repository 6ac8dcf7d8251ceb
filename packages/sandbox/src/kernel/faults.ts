import { createRandom, type Random } from './random.ts';

export type FaultPhase = 'request' | 'response' | 'content' | 'delivery';

/**
 * What can go wrong, and when: before the simulator acts (`request`), after it has acted (`response`), in what a list
 * says (`content`: only routes that name the fault can do it), or on a webhook's way (`delivery`).
 * `seconds` is the length of what takes time, unless a plan says otherwise.
 */
export const faultKinds = {
  /** 429 with Retry-After in seconds. */
  rate_limited_seconds: { phase: 'request', seconds: 2 },
  /** 429 with Retry-After as an HTTP date. */
  rate_limited_date: { phase: 'request', seconds: 2 },
  /** 429 that does not say for how long. */
  rate_limited_silent: { phase: 'request', seconds: 0 },
  /** 500. */
  server_error: { phase: 'request', seconds: 0 },
  /** 502 with a page of HTML. */
  bad_gateway: { phase: 'request', seconds: 0 },
  /** 503 with Retry-After in seconds. */
  unavailable: { phase: 'request', seconds: 2 },
  /** Taken and never answered. */
  no_answer: { phase: 'request', seconds: 0 },
  /** The connection is cut. */
  reset: { phase: 'request', seconds: 0 },

  reset_after_commit: { phase: 'response', seconds: 0 },
  no_answer_after_commit: { phase: 'response', seconds: 0 },
  /** JSON that ends too early, in an answer that is whole. */
  malformed: { phase: 'response', seconds: 0 },
  /** The connection is cut half way through the body. */
  truncated: { phase: 'response', seconds: 0 },
  /** Half a gzip stream, in an answer that is whole. */
  truncated_gzip: { phase: 'response', seconds: 0 },
  /** A page of HTML with status 200. */
  html: { phase: 'response', seconds: 0 },
  /** Ten pieces, `seconds` between them. */
  slow_body: { phase: 'response', seconds: 1 },
  /** Status 200 and no body. */
  empty: { phase: 'response', seconds: 0 },

  /** Amounts in another currency than the account's. */
  wrong_currency: { phase: 'content', seconds: 0 },
  /** The page names itself as the next one. */
  cursor_loop: { phase: 'content', seconds: 0 },
  /** Rows change while the walk is on, and change places. */
  shifting_page: { phase: 'content', seconds: 0 },
  /** Rows changed in the last `seconds` are not there yet. */
  stale: { phase: 'content', seconds: 10 },
  /** A row comes twice. */
  repeated_row: { phase: 'content', seconds: 0 },

  /** Never sent. */
  drop: { phase: 'delivery', seconds: 0 },
  /** Sent twice. */
  duplicate: { phase: 'delivery', seconds: 0 },
  /** Sent `seconds` later. */
  delay: { phase: 'delivery', seconds: 30 },
  /** Sent after the next one, or after `seconds` when none comes. */
  reorder: { phase: 'delivery', seconds: 60 },
} as const satisfies Record<string, { phase: FaultPhase; seconds: number }>;

export type FaultKind = keyof typeof faultKinds;
type KindOf<Phase extends FaultPhase> = {
  [Kind in FaultKind]: (typeof faultKinds)[Kind]['phase'] extends Phase ? Kind : never;
}[FaultKind];
export type RequestFault = KindOf<'request'>;
export type ResponseFault = KindOf<'response'>;
export type ContentFault = KindOf<'content'>;
export type DeliveryFault = KindOf<'delivery'>;

/** A fault that was met. */
export interface Fault<Kind extends FaultKind = FaultKind> {
  readonly kind: Kind;
  readonly seconds: number;
}

export function isOf<Phase extends FaultPhase>(phase: Phase, fault: Fault): fault is Fault<KindOf<Phase>> {
  return faultKinds[fault.kind].phase === phase;
}

/** What a plan can tell requests apart by. */
export interface FaultedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a plan can tell deliveries apart by. */
export interface FaultedDelivery {
  readonly id: string;
  readonly url: string;
  /** The provider's word for what the delivery is about, such as `payment.updated`. */
  readonly topic: string;
}

interface Times {
  /** How many meet it: 1 unless told. */
  times?: number;
  seconds?: number;
}

interface RequestPlan extends Times {
  fault: Exclude<FaultKind, DeliveryFault>;
  on?: (request: FaultedRequest) => boolean;
}

interface DeliveryPlan extends Times {
  fault: DeliveryFault;
  on?: (delivery: FaultedDelivery) => boolean;
}

export type PlannedFault = RequestPlan | DeliveryPlan;

export interface FaultMix {
  /** Of each request or delivery to meet the fault; together at most 1 among requests, and among deliveries. */
  probabilities: Partial<Record<FaultKind, number>>;
  seed: string | number;
}

export interface FaultPlan {
  /** Plans queue up: a request meets the first one that is about it. */
  plan(planned: PlannedFault): void;
  /** From now on, what no plan is about meets faults by chance. Replaces an earlier mix. */
  mix(mix: FaultMix): void;
  /** Nothing goes wrong any more. */
  clear(): void;
  /** Of the content faults only those that the route can do. */
  nextForRequest(
    request: FaultedRequest,
    contentFaults: readonly ContentFault[],
  ): Fault<Exclude<FaultKind, DeliveryFault>> | null;
  nextForDelivery(delivery: FaultedDelivery): Fault<DeliveryFault> | null;
}

interface Draws {
  readonly probabilities: readonly (readonly [FaultKind, number])[];
  readonly requests: Random;
  readonly deliveries: Random;
}

export function createFaultPlan(): FaultPlan {
  let queue: { planned: PlannedFault; left: number }[] = [];
  let draws: Draws | null = null;

  const takePlanned = (isAbout: (planned: PlannedFault) => boolean): Fault | null => {
    const entry = queue.find(({ planned }) => isAbout(planned));
    if (entry === undefined) return null;
    entry.left -= 1;
    if (entry.left === 0) queue = queue.filter((other) => other !== entry);
    return { kind: entry.planned.fault, seconds: entry.planned.seconds ?? faultKinds[entry.planned.fault].seconds };
  };

  return {
    plan: (planned) => {
      const times = planned.times ?? 1;
      if (times > 0) queue.push({ planned, left: times });
    },
    mix: ({ probabilities, seed }) => {
      draws = readMix(probabilities, createRandom(seed));
    },
    clear: () => {
      queue = [];
      draws = null;
    },
    nextForRequest: (request, contentFaults) => {
      const fits = (kind: FaultKind) => isForRequest(kind, contentFaults);
      const fault =
        takePlanned((planned) => isRequestPlan(planned) && fits(planned.fault) && (planned.on?.(request) ?? true)) ??
        drawOne(draws, 'requests');
      return fault !== null && fits(fault.kind) ? (fault as Fault<Exclude<FaultKind, DeliveryFault>>) : null;
    },
    nextForDelivery: (delivery) =>
      (takePlanned((planned) => !isRequestPlan(planned) && (planned.on?.(delivery) ?? true)) ??
        drawOne(draws, 'deliveries')) as Fault<DeliveryFault> | null,
  };
}

function isRequestPlan(planned: PlannedFault): planned is RequestPlan {
  return faultKinds[planned.fault].phase !== 'delivery';
}

function isForRequest(kind: FaultKind, contentFaults: readonly ContentFault[]): boolean {
  const { phase } = faultKinds[kind];
  return phase === 'content' ? (contentFaults as readonly FaultKind[]).includes(kind) : phase !== 'delivery';
}

function readMix(probabilities: FaultMix['probabilities'], random: Random): Draws {
  const entries = Object.entries(probabilities) as [FaultKind, number][];
  for (const isDelivery of [true, false]) {
    const together = entries
      .filter(([kind]) => (faultKinds[kind].phase === 'delivery') === isDelivery)
      .reduce((sum, [, probability]) => sum + probability, 0);
    if (together > 1 + Number.EPSILON * entries.length) throw new Error('The probabilities sum to more than 1.');
  }
  return { probabilities: entries, requests: random.fork('requests'), deliveries: random.fork('deliveries') };
}

/** One draw each time, met or not: what one request meets shifts nothing for the next. */
function drawOne(draws: Draws | null, among: 'requests' | 'deliveries'): Fault | null {
  if (draws === null) return null;
  let left = draws[among].next();
  for (const [kind, probability] of draws.probabilities) {
    if ((faultKinds[kind].phase === 'delivery') !== (among === 'deliveries')) continue;
    left -= probability;
    if (left < 0) return { kind, seconds: faultKinds[kind].seconds };
  }
  return null;
}
