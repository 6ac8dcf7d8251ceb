import { createFaultPlan, type FaultPlan } from '../../kernel/faults.ts';
import { type Reply, type RoutedRequest, readAuthorization, readForm } from '../../kernel/message.ts';
import { createSandboxFetch } from '../../kernel/sandbox-fetch.ts';
import { createSimulation, type Simulation } from '../../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../../kernel/timeline.ts';
import { type Book, createBook } from '../book.ts';
import { type Activity, answerReport } from './report.ts';

export interface NetreferOptions {
  readonly timeline?: Timeline;
  readonly account?: Partial<NetreferAccount>;
}

export interface NetreferAccount {
  readonly affiliateId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly password: string;
  readonly currency: string;
}

export interface NetreferSandbox {
  readonly account: NetreferAccount;
  /** Below the host: what the operator gives as the address of the report. */
  readonly reportPath: string;
  readonly book: Book<Activity>;
  readonly fetch: typeof fetch;
  readonly simulation: Simulation;
  readonly faults: FaultPlan;
}

const defaults: NetreferAccount = {
  affiliateId: '40012',
  clientId: '11111111-2222-4333-8444-555555555555',
  clientSecret: 'simulated-client-secret',
  username: 'affiliate@example.com',
  password: 'simulated-password',
  currency: 'EUR',
};

const reportPath = 'dpm/v1/daily-activity';
const tokenSeconds = 3600;

/**
 * One operator's standard reports for an affiliate, and the directory whose tokens open them.
 * @see https://developer.netrefer.com/Affiliate-api/ASR
 */
export function createNetreferSandbox(options: NetreferOptions = {}): NetreferSandbox {
  const { timeline = systemTimeline } = options;
  const account = { ...defaults, ...options.account };
  const book = createBook<Activity>();
  const faults = createFaultPlan();
  const tokens = new Map<string, number>();
  const nowMs = () => timeline.now().getTime();
  const guarded = (request: RoutedRequest): Reply => {
    const expiresMs = tokens.get(readAuthorization(request, 'Bearer') ?? '') ?? 0;
    if (expiresMs <= nowMs()) return refuse(401, 'Unauthorized');
    if (request.params.affiliateId !== account.affiliateId) return refuse(403, 'Forbidden');
    return answerReport(request, { book, currency: account.currency });
  };
  const grant = (request: RoutedRequest): Reply => {
    if (!isAccepted(readForm(request), account))
      return { status: 400, body: { error: 'invalid_grant', error_description: 'The credentials are invalid' } };
    const token = `simulated-netrefer-token-${tokens.size + 1}`;
    tokens.set(token, nowMs() + tokenSeconds * 1000);
    return { status: 200, body: { token_type: 'Bearer', expires_in: tokenSeconds, access_token: token } };
  };
  const simulation = createSimulation({
    timeline,
    faults,
    unmatched: () => refuse(404, 'Not found'),
    refuse: (status) => refuse(status, 'The request failed'),
    routes: [
      { method: 'POST', path: '/:tenant/oauth2/v2.0/token', handle: grant },
      {
        method: 'GET',
        path: `/${reportPath}/:affiliateId/:from/:to`,
        contentFaults: ['wrong_currency'],
        handle: guarded,
      },
    ],
  });
  return { account, reportPath, book, simulation, faults, fetch: createSandboxFetch(simulation) };
}

function isAccepted(form: URLSearchParams, account: NetreferAccount): boolean {
  const expected = {
    grant_type: 'password',
    client_id: account.clientId,
    client_secret: account.clientSecret,
    username: account.username,
    password: account.password,
    scope: `api://${account.clientId}/Reports.Read`,
  };
  return Object.entries(expected).every(([name, text]) => form.get(name) === text);
}

const refuse = (status: number, message: string): Reply => ({ status, body: { Message: message } });
