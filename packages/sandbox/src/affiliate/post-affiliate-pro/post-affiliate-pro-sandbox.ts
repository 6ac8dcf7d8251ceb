import { createFaultPlan, type FaultPlan } from '../../kernel/faults.ts';
import { type Reply, type RoutedRequest, readAuthorization, type SandboxRequest } from '../../kernel/message.ts';
import { createSandboxFetch } from '../../kernel/sandbox-fetch.ts';
import { createSimulation, type Simulation } from '../../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../../kernel/timeline.ts';
import { type Book, createBook } from '../book.ts';
import { createCallLimit } from '../call-limit.ts';
import { type BookedTransaction, listTransactions } from './transactions.ts';

export interface PostAffiliateProOptions {
  readonly timeline?: Timeline;
  readonly account?: Partial<PostAffiliateProAccount>;
}

export interface PostAffiliateProAccount {
  readonly host: string;
  readonly apiKey: string;
  readonly currency: string;
  /** How keys, types and statuses are written: by word as the newest version does, or by letter. */
  readonly isWorded: boolean;
}

export interface PostAffiliateProSandbox {
  readonly account: PostAffiliateProAccount;
  readonly book: Book<BookedTransaction>;
  readonly fetch: typeof fetch;
  readonly simulation: Simulation;
  readonly faults: FaultPlan;
}

const defaults: PostAffiliateProAccount = {
  host: 'simulated.postaffiliatepro.com',
  apiKey: 'simulated-key-of-a-merchant',
  currency: 'USD',
  isWorded: false,
};

/**
 * A merchant's side of Post Affiliate Pro's API v3: affiliates, and transactions.
 * @see https://support.qualityunit.com/868880-API-v3-documentation-overview
 */
export function createPostAffiliateProSandbox(options: PostAffiliateProOptions = {}): PostAffiliateProSandbox {
  const { timeline = systemTimeline } = options;
  const account = { ...defaults, ...options.account };
  const book = createBook<BookedTransaction>();
  const faults = createFaultPlan();
  const guarded = (handle: (request: RoutedRequest) => Reply) => (request: RoutedRequest) =>
    keyOf(request) === account.apiKey ? handle(request) : refuse(401, 'Unauthorized');
  const simulation = createSimulation({
    timeline,
    faults,
    limits: createCallLimit({
      calls: 100,
      seconds: 60,
      now: timeline.now,
      keyOf,
      refuse: () => refuse(429, 'Too many requests'),
    }),
    unmatched: () => refuse(404, 'Not found'),
    refuse: (status) => refuse(status, 'The request failed'),
    routes: [
      { method: 'GET', path: '/api/v3/affiliates', handle: guarded(listAffiliates) },
      {
        method: 'GET',
        path: '/api/v3/transactions',
        contentFaults: ['wrong_currency', 'shifting_page'],
        handle: guarded((request) => listTransactions(request, { book, account })),
      },
    ],
  });
  return { account, book, simulation, faults, fetch: createSandboxFetch(simulation) };
}

const keyOf = (request: SandboxRequest) => readAuthorization(request, 'Bearer');

const refuse = (status: number, message: string): Reply => ({ status, body: { error: { code: status, message } } });

function listAffiliates(): Reply {
  return { status: 200, body: { data: [{ id: 'aff-1', username: 'alpha@example.com', status: 'A' }], total: 1 } };
}
