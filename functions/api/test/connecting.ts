import { randomUUID } from 'node:crypto';
import { createEnvelope } from '@tributary/credentials/envelope';
import { createKmsClient } from '@tributary/credentials/kms-client';
import { wrappingKey } from '@tributary/credentials/wrapping-key';
import { type LocalKms, startKms } from '@tributary/local/kms';
import { cloverRegions, createCloverOAuth } from '@tributary/providers/clover/oauth';
import { createSquareOAuth } from '@tributary/providers/square/oauth';
import { createXeroOAuth } from '@tributary/providers/xero/oauth';
import type { SyncMessage } from '@tributary/queue/message';
import { type AwinSandbox, createAwinSandbox } from '@tributary/sandbox/affiliate/awin/awin-sandbox';
import { type CloverSandbox, createCloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createSquareSandbox, type SquareSandbox } from '@tributary/sandbox/square/sandbox';
import { createXeroSimulator, type XeroSimulator } from '@tributary/sandbox/xero/simulator';
import { createBudgets } from '@tributary/sync/budget/budgets';
import type { ConnectDependencies } from '@tributary/sync/connection/authorization';
import type { TestDatabase } from '@tributary/testing/database';
import { afterAll } from 'vitest';
import { type Asking, createAsking } from '../../runtime/asking.ts';
import type { Answer, Api, Caller } from './api.ts';

export type ProviderName = 'square' | 'clover' | 'xero';

/** Who sits at a provider's page, and what they answer there. */
export interface Visit {
  provider: ProviderName;
  /** Whose account it is; one nobody has used before unless told. Several are several organisations at Xero. */
  accounts?: readonly string[];
  denies?: boolean;
  /** Of what is asked for; all unless told. */
  scopes?: readonly string[];
}

/** The providers as connecting asks them, without a network, and what stands around. */
export interface Connecting {
  dependencies: ConnectDependencies;
  clock: VirtualClock;
  kms: LocalKms;
  square: SquareSandbox;
  clover: CloverSandbox;
  xero: XeroSimulator;
  /** The one affiliate network that is asked in these tests: an account of its own for each token (`awinToken`). */
  awin(publisherId: number): AwinSandbox;
  asking: Asking;
  /** To the sync queue. */
  queued: SyncMessage[];
  /** What was reported. */
  reports: object[];
  /** Goes where the browser is sent, and comes back with the parameters of the redirect. */
  visit(authorizeUrl: string, visit: Visit): Promise<Record<string, string>>;
}

export const connectKey = Buffer.alloc(32, 9);
export const redirectUrl = 'http://127.0.0.1/callback';

/** Organisations that Xero's pages offer in these tests; each user of them is somebody else. */
const organisations = Array.from({ length: 300 }, (_, index) => ({ name: `Books ${index + 1}` }));

export async function startConnecting(database: TestDatabase): Promise<Connecting> {
  const kms = await startKms();
  afterAll(() => kms.stop());
  const clock = createVirtualClock(new Date());
  const square = createSquareSandbox({ timeline: clock, seed: randomUUID(), registration: { redirectUrl } });
  const clover = createCloverSandbox({ timeline: clock, seed: randomUUID(), merchants: [], limits: null });
  const xero = createXeroSimulator({ timeline: clock, seed: randomUUID(), organisations });
  const awins = new Map<number, AwinSandbox>();
  const awin = (publisherId: number) => {
    const known = awins.get(publisherId);
    const account = { publisherId, accessToken: awinToken(publisherId) };
    const opened = known ?? createAwinSandbox({ timeline: clock, account });
    awins.set(publisherId, opened);
    return opened;
  };
  const askAwin: typeof fetch = (input, init) => {
    const [publisherId] = /\d+$/.exec(new Headers(init?.headers).get('authorization') ?? '') ?? [];
    return awin(Number(publisherId)).fetch(input, init);
  };
  const budgets = createBudgets({ system: database.system, limits: {}, clock: clock.now });
  const asking = createAsking({ budgets, guard: { clock: clock.now, fetch: askAwin }, simulatedUrl: null });
  const queued: SyncMessage[] = [];
  const reports: object[] = [];
  const { eu, us } = cloverRegions;
  const guarded = (sandbox: { fetch: typeof fetch }) => ({ guard: { fetch: sandbox.fetch, clock: clock.now } });
  const cloverApp = { clientId: 'DRKVJT2ZRRRSC', clientSecret: '0307e264-b33a-4913-88aa-37b10014a0b8' };
  const dependencies: ConnectDependencies = {
    system: database.system,
    envelope: createEnvelope({
      kms: createKmsClient({
        endpoint: kms.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        maxAttempts: 1,
      }),
      keys: [wrappingKey(kms.keyArn)],
      clock: clock.now,
    }),
    oauth: {
      square: createSquareOAuth({ ...square.registration, ...guarded(square) }),
      clover: createCloverOAuth({ ...cloverApp, regions: { us, eu }, ...guarded(clover) }),
      xero: createXeroOAuth({ ...xero.app, ...guarded(xero) }),
    },
    connectKey,
    redirectUrl,
    clock: clock.now,
    enqueue: async (messages) => void queued.push(...messages.map((message) => ({ v: 1 as const, ...message }))),
    report: (level, event, fields) => void reports.push({ level, event, ...fields }),
  };
  const parties = { square, clover, xero };
  return {
    ...{ dependencies, clock, kms, queued, reports, awin, asking, ...parties },
    visit: async (authorizeUrl, visit) => {
      answer[visit.provider](parties, visit);
      const page = await parties[visit.provider].fetch(authorizeUrl, { redirect: 'manual' });
      return Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
    },
  };
}

/** What opens a publisher's account. */
export const awinToken = (publisherId: number) => `simulated-awin-token-${publisherId}`;

let drawn = 0;

/** An id that a provider gives an account, of one that nobody has connected before. */
export function newAccount(): string {
  drawn += 1;
  return `M${drawn}${randomUUID().replaceAll('-', '')}`.slice(0, 20).toUpperCase();
}

type Parties = Pick<Connecting, ProviderName>;

const answer: Readonly<Record<ProviderName, (parties: Parties, visit: Visit) => void>> = {
  square: ({ square }, { accounts = [newAccount()], denies = false, scopes }) => {
    if (denies) return square.deny();
    const [id = ''] = accounts;
    if (!hasMerchant(square, id)) square.addMerchant({ id });
    square.approveAs(id, scopes);
  },
  clover: ({ clover }, { accounts = [newAccount()], denies = false }) => {
    const [id = ''] = accounts;
    clover.addMerchant({ id });
    clover.person.signIn(id);
    if (denies) clover.person.denyNext();
  },
  xero: ({ xero }, { accounts = [newOrganisation(xero)], denies: isDenied = false, scopes }) => {
    const granted = scopes === undefined ? {} : { scopes };
    xero.answerConsent({ userId: randomUUID(), organisations: accounts, isDenied, ...granted });
  },
};

function hasMerchant(square: SquareSandbox, id: string): boolean {
  try {
    square.merchant(id);
    return true;
  } catch {
    return false;
  }
}

/** The next of the organisations that are there. */
export function newOrganisation(xero: XeroSimulator): string {
  drawn += 1;
  const { id } = xero.organisations[drawn % organisations.length] as { id: string };
  return id;
}

/** Begins to connect as that caller, goes to the provider and comes back: what the callback is to be given. */
export async function bringBack(
  api: Api,
  caller: Caller,
  visit: Visit & { region?: string },
): Promise<Record<string, string>> {
  const region = visit.region === undefined ? '' : `?region=${visit.region}`;
  const begun = await api.get(caller, `/v1/connect/${visit.provider}${region}`);
  return api.connecting.visit(begun.json.authorizeUrl, visit);
}

/** Connects an account, from the first question to the last answer. */
export async function connectAs(api: Api, caller: Caller, visit: Visit & { region?: string }): Promise<Answer> {
  return finishAs(api, caller, visit.provider, await bringBack(api, caller, visit));
}

/** @param headers as of `api.post` */
export function finishAs(
  api: Api,
  caller: Caller,
  provider: ProviderName,
  parameters: Record<string, string>,
  headers?: Record<string, string>,
): Promise<Answer> {
  return api.post(caller, `/v1/connect/${provider}/callback`, { parameters }, headers);
}

/** What is stored of an organization's authorisations, the oldest first. */
export async function credentialsOf(api: Api, { orgId }: Caller): Promise<StoredRow[]> {
  const sql = `select id, status, region, reason, scopes_asked, scopes_granted, sealed_access_token is not null as sealed
    from sync.credentials where org_id = $1 order by id`;
  return (await api.database.superuser.query(sql, [orgId])).rows;
}

interface StoredRow {
  id: string;
  status: string;
  region: string | null;
  reason: string | null;
  scopes_asked: string[];
  scopes_granted: string[] | null;
  sealed: boolean;
}
