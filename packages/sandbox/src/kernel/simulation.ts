import { createFaultPlan, type Fault, type FaultKind, type FaultPlan, isOf } from './faults.ts';
import type { Reply, SandboxRequest, Transmission } from './message.ts';
import { createRouter, type Route, type Router } from './routes.ts';
import { later, systemTimeline, type Timeline } from './timeline.ts';
import { type RefusedStatus, refuseFor, spoil, whole } from './transmit.ts';

/** One request as it came and what it met; never a token or a body. */
export interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** Without the parameters that are secret. */
  readonly query: string;
  /** As it was sent; null when no answer was. */
  readonly status: number | null;
  readonly fault: FaultKind | null;
  /** Of the body that was sent. */
  readonly bytes: number;
}

/** A provider's limits. They count every request, also one that meets a fault. */
export interface Limits {
  /** Counts a request in: the refusal it meets, or null. */
  enter(request: SandboxRequest): Reply | null;
  /** Counts it out, when its answer starts to travel. `bytes` is the length of the body that was sent. */
  leave(request: SandboxRequest, served: { status: number | null; bytes: number }): void;
}

export interface SimulationOptions {
  readonly routes: readonly Route[];
  /** The answer where there is no route; `allowed` are the methods that the path has. */
  readonly unmatched: (request: SandboxRequest, allowed: readonly string[]) => Reply;
  /** The provider's own 429, 500 and 503, for faults; Retry-After is added. */
  readonly refuse: (status: RefusedStatus, request: SandboxRequest) => Reply;
  readonly limits?: Limits;
  /** Headers that every answer of the provider carries. */
  readonly headersOf?: (request: SandboxRequest, reply: Reply) => Readonly<Record<string, string>>;
  /** From request to answer, on the timeline: requests stay open until the clock has passed it. 0 unless told. */
  readonly latencyMs?: (request: SandboxRequest) => number;
  readonly timeline?: Timeline;
  readonly faults?: FaultPlan;
}

export interface Simulation {
  readonly timeline: Timeline;
  readonly faults: FaultPlan;
  answer(request: SandboxRequest): Promise<Transmission>;
  /** Every request so far, oldest first. */
  requests(): readonly LoggedRequest[];
}

const secretParameters = ['code', 'code_verifier', 'client_secret', 'access_token', 'refresh_token'];

/** A provider without its network: requests in, transmissions out. It acts in the order in which it is asked. */
export function createSimulation(options: SimulationOptions): Simulation {
  const { timeline = systemTimeline, faults = createFaultPlan(), latencyMs = () => 0, limits } = options;
  const find = createRouter(options.routes);
  const log: LoggedRequest[] = [];

  return {
    timeline,
    faults,
    requests: () => log,
    answer: async (request) => {
      const found = find(request.method, request.path);
      const fault = faults.nextForRequest(request, 'route' in found ? (found.route.contentFaults ?? []) : []);
      const refusal = limits?.enter(request) ?? null;
      const transmission = await meet(options, timeline, request, found, fault, refusal);
      const latency = latencyMs(request);
      if (latency > 0) await new Promise<void>((passed) => timeline.at(later(timeline, latency), passed));
      const logged = toLogged(request, fault, transmission, timeline);
      log.push(logged);
      limits?.leave(request, logged);
      return transmission;
    },
  };
}

async function meet(
  options: SimulationOptions,
  timeline: Timeline,
  request: SandboxRequest,
  found: ReturnType<Router>,
  fault: Fault | null,
  refusal: Reply | null,
): Promise<Transmission> {
  const complete = (answer: Reply): Reply => ({
    ...answer,
    headers: { ...options.headersOf?.(request, answer), ...answer.headers },
  });
  if (fault !== null && isOf('request', fault))
    return refuseFor(fault, (status) => complete(options.refuse(status, request)), timeline);
  const reply = complete(refusal ?? (await act(options, request, found, fault)));
  if (fault !== null && isOf('response', fault)) return spoil(fault, reply, timeline);
  return whole(reply, timeline);
}

function act(
  { unmatched }: SimulationOptions,
  request: SandboxRequest,
  found: ReturnType<Router>,
  fault: Fault | null,
) {
  if (!('route' in found)) return unmatched(request, found.allowed);
  const contentFault = fault !== null && isOf('content', fault) ? fault : null;
  return found.route.handle({ ...request, params: found.params, contentFault });
}

function toLogged(
  { method, path, query }: SandboxRequest,
  fault: Fault | null,
  transmission: Transmission,
  { now }: Timeline,
): LoggedRequest {
  const shown = new URLSearchParams([...query].filter(([name]) => !secretParameters.includes(name)));
  const isSent = 'status' in transmission;
  return {
    at: now().toISOString(),
    method,
    path,
    query: shown.toString(),
    status: isSent ? transmission.status : null,
    fault: fault?.kind ?? null,
    bytes: isSent ? (transmission.kind === 'cut' ? transmission.sent : transmission.body.byteLength) : 0,
  };
}
