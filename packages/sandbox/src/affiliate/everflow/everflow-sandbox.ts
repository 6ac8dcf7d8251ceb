import { createFaultPlan, type FaultPlan } from '../../kernel/faults.ts';
import type { Reply, RoutedRequest, SandboxRequest } from '../../kernel/message.ts';
import { createSandboxFetch } from '../../kernel/sandbox-fetch.ts';
import { createSimulation, type Simulation } from '../../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../../kernel/timeline.ts';
import { type Book, createBook } from '../book.ts';
import { createCallLimit } from '../call-limit.ts';
import { refuse } from './refuse.ts';
import { answerReport, type Traffic } from './report.ts';
import { timeZones } from './time-zones.ts';

export interface EverflowOptions {
  readonly timeline?: Timeline;
  readonly account?: Partial<EverflowAccount>;
  /** Of one report; 10,000 unless told. */
  readonly rowLimit?: number;
}

export interface EverflowAccount {
  readonly apiKey: string;
  readonly networkId: number;
  readonly networkName: string;
  /** Of the network, by number. */
  readonly timeZoneId: number;
  readonly currency: string;
}

export interface EverflowSandbox {
  readonly account: EverflowAccount;
  readonly book: Book<Traffic>;
  readonly fetch: typeof fetch;
  readonly simulation: Simulation;
  readonly faults: FaultPlan;
}

const defaults: EverflowAccount = {
  apiKey: 'simulated-everflow-key',
  networkId: 346,
  networkName: 'Simulated Network',
  timeZoneId: 80,
  currency: 'USD',
};

/**
 * One affiliate's side of Everflow's API: the network, the zones and the report over days.
 * @see https://developers.everflow.io/api-reference/affiliate-overview
 */
export function createEverflowSandbox(options: EverflowOptions = {}): EverflowSandbox {
  const { timeline = systemTimeline, rowLimit = 10_000 } = options;
  const account = { ...defaults, ...options.account };
  const book = createBook<Traffic>();
  const faults = createFaultPlan();
  const guarded = (handle: (request: RoutedRequest) => Reply) => (request: RoutedRequest) =>
    keyOf(request) === account.apiKey ? handle(request) : refuse(401, 'Invalid API key');
  const simulation = createSimulation({
    timeline,
    faults,
    limits: createCallLimit({
      calls: 150,
      seconds: 30,
      now: timeline.now,
      keyOf,
      refuse: () => refuse(429, 'Too many requests'),
    }),
    unmatched: () => refuse(404, 'Not found'),
    refuse: (status) => refuse(status, 'The request failed'),
    routes: [
      { method: 'GET', path: '/v1/affiliates/network', handle: guarded(() => networkInfo(account)) },
      {
        method: 'GET',
        path: '/v1/meta/timezones',
        handle: guarded(() => ({ status: 200, body: { timezones: zoneList } })),
      },
      {
        method: 'POST',
        path: '/v1/affiliates/reporting/entity/table',
        contentFaults: ['wrong_currency'],
        handle: guarded((request) => answerReport(request, { book, currency: account.currency, rowLimit })),
      },
    ],
  });
  return { account, book, simulation, faults, fetch: createSandboxFetch(simulation) };
}

const zoneList = Object.entries(timeZones).map(([id, timezone]) => ({
  timezone_id: Number(id),
  timezone_name: timezone,
  timezone,
}));

const keyOf = ({ headers }: SandboxRequest) => headers['x-eflow-api-key'] ?? null;

function networkInfo({ networkId, networkName, timeZoneId }: EverflowAccount): Reply {
  const body = { network_id: networkId, displayed_name: networkName, language_id: 1, timezone_id: timeZoneId };
  return { status: 200, body };
}
