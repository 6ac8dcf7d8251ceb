import { createFaultPlan, type FaultPlan } from '../../kernel/faults.ts';
import { type Reply, type RoutedRequest, readAuthorization, type SandboxRequest } from '../../kernel/message.ts';
import { createSandboxFetch } from '../../kernel/sandbox-fetch.ts';
import { createSimulation, type Simulation } from '../../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../../kernel/timeline.ts';
import { type Book, createBook } from '../book.ts';
import { createCallLimit } from '../call-limit.ts';
import { type BookedAction, listActions } from './actions.ts';
import { refuse } from './refuse.ts';

export interface ImpactOptions {
  readonly timeline?: Timeline;
  readonly account?: Partial<ImpactAccount>;
}

export interface ImpactAccount {
  readonly accountSid: string;
  readonly authToken: string;
  readonly companyName: string;
  /** IANA name: the offsets of the times it writes. */
  readonly timeZone: string;
  /** As its own pages write the zone. */
  readonly timeZoneText: string;
  readonly currency: string;
}

export interface ImpactSandbox {
  readonly account: ImpactAccount;
  readonly book: Book<BookedAction>;
  readonly fetch: typeof fetch;
  readonly simulation: Simulation;
  readonly faults: FaultPlan;
}

const defaults: ImpactAccount = {
  accountSid: 'IRsimulated0000000000000000000001',
  authToken: 'simulated.auth-token-of-an-account',
  companyName: 'Carrie Oakey Music',
  timeZone: 'America/Los_Angeles',
  timeZoneText: '(GMT -07:00) Pacific Time (US & Canada); Tijuana',
  currency: 'USD',
};

/**
 * A media partner's side of impact.com's API: the company and its actions.
 * @see https://integrations.impact.com/impact-publisher/reference
 */
export function createImpactSandbox(options: ImpactOptions = {}): ImpactSandbox {
  const { timeline = systemTimeline } = options;
  const account = { ...defaults, ...options.account };
  const book = createBook<BookedAction>();
  const faults = createFaultPlan();
  const accepted = Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64');
  const guarded = (handle: (request: RoutedRequest) => Reply) => (request: RoutedRequest) => {
    if (keyOf(request) !== accepted) return refuse(401, 'Authentication failed');
    return request.params.sid === account.accountSid ? handle(request) : refuse(403, 'Access denied');
  };
  const simulation = createSimulation({
    timeline,
    faults,
    limits: createCallLimit({
      calls: 1000,
      seconds: 3600,
      now: timeline.now,
      keyOf,
      refuse: () => refuse(429, 'Too many requests'),
    }),
    unmatched: () => refuse(404, 'Not found'),
    refuse: (status) => refuse(status, 'The request failed'),
    routes: [
      {
        method: 'GET',
        path: '/Mediapartners/:sid/CompanyInformation',
        handle: guarded(() => companyInformation(account)),
      },
      {
        method: 'GET',
        path: '/Mediapartners/:sid/Actions',
        contentFaults: ['wrong_currency', 'cursor_loop', 'shifting_page'],
        handle: guarded((request) => listActions(request, { book, account, now: timeline.now })),
      },
    ],
  });
  return { account, book, simulation, faults, fetch: createSandboxFetch(simulation) };
}

const keyOf = (request: SandboxRequest) => readAuthorization(request, 'Basic');

function companyInformation({ companyName, timeZoneText, currency }: ImpactAccount): Reply {
  const body = { CompanyName: companyName, Website: 'https://example.com', Timezone: timeZoneText, Currency: currency };
  return { status: 200, body };
}
