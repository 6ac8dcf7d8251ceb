import { createFaultPlan, type FaultPlan } from '../../kernel/faults.ts';
import { type Reply, type RoutedRequest, readAuthorization, type SandboxRequest } from '../../kernel/message.ts';
import { createSandboxFetch } from '../../kernel/sandbox-fetch.ts';
import { createSimulation, type Simulation } from '../../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../../kernel/timeline.ts';
import { type Book, createBook } from '../book.ts';
import { createCallLimit } from '../call-limit.ts';
import { refuse } from './refuse.ts';
import { type BookedTransaction, listTransactions } from './transactions.ts';

export interface AwinOptions {
  readonly timeline?: Timeline;
  readonly account?: Partial<AwinAccount>;
}

export interface AwinAccount {
  readonly accessToken: string;
  readonly publisherId: number;
  readonly publisherName: string;
  readonly currency: string;
}

export interface AwinSandbox {
  readonly account: AwinAccount;
  readonly book: Book<BookedTransaction>;
  readonly fetch: typeof fetch;
  readonly simulation: Simulation;
  readonly faults: FaultPlan;
}

const defaults: AwinAccount = {
  accessToken: 'simulated-awin-token-0001',
  publisherId: 189069,
  publisherName: 'Simulated Publisher',
  currency: 'GBP',
};

/**
 * A publisher's side of Awin's API: the accounts of a user and the transactions of one.
 * @see https://help.awin.com/apidocs/returns-a-list-of-transactions-for-a-given-publisher
 */
export function createAwinSandbox(options: AwinOptions = {}): AwinSandbox {
  const { timeline = systemTimeline } = options;
  const account = { ...defaults, ...options.account };
  const book = createBook<BookedTransaction>();
  const faults = createFaultPlan();
  const guarded = (handle: (request: RoutedRequest) => Reply) => (request: RoutedRequest) => {
    if (keyOf(request) !== account.accessToken) return refuse(401, 'Invalid access token');
    const { publisherId = String(account.publisherId) } = request.params;
    return publisherId === String(account.publisherId) ? handle(request) : refuse(403, 'No access to this publisher');
  };
  const simulation = createSimulation({
    timeline,
    faults,
    limits: createCallLimit({
      calls: 20,
      seconds: 60,
      now: timeline.now,
      keyOf,
      refuse: () => refuse(429, 'Too many requests'),
    }),
    unmatched: () => refuse(404, 'Not found'),
    refuse: (status) => refuse(status, 'The request failed'),
    routes: [
      { method: 'GET', path: '/accounts', handle: guarded(() => listAccounts(account)) },
      {
        method: 'GET',
        path: '/publishers/:publisherId/transactions/',
        contentFaults: ['wrong_currency'],
        handle: guarded((request) => listTransactions(request, { book, account })),
      },
    ],
  });
  return { account, book, simulation, faults, fetch: createSandboxFetch(simulation) };
}

const keyOf = (request: SandboxRequest) => readAuthorization(request, 'Bearer');

function listAccounts({ publisherId, publisherName }: AwinAccount): Reply {
  const publisher = {
    accountId: publisherId,
    accountName: publisherName,
    accountType: 'publisher',
    userRole: 'userAdmin',
  };
  return { status: 200, body: { userId: 699645, accounts: [publisher] } };
}
