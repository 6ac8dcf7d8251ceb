import { startHttpServer } from '../kernel/http-server.ts';
import type { SandboxRequest, Transmission } from '../kernel/message.ts';
import { createSandboxFetch } from '../kernel/sandbox-fetch.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../kernel/timeline.ts';
import { whole } from '../kernel/transmit.ts';
import { createAwinSandbox } from './awin/awin-sandbox.ts';
import type { Book } from './book.ts';
import {
  awinTransactions,
  dubCommissions,
  dubEvents,
  everflowTraffic,
  impactActions,
  netreferActivity,
  proTransactions,
} from './bookings.ts';
import { createDubSandbox } from './dub/dub-sandbox.ts';
import { createEverflowSandbox } from './everflow/everflow-sandbox.ts';
import { createImpactSandbox } from './impact/impact-sandbox.ts';
import { createNetreferSandbox } from './netrefer/netrefer-sandbox.ts';
import { createPostAffiliateProSandbox } from './post-affiliate-pro/post-affiliate-pro-sandbox.ts';
import { programmeAt, type Spell, settledBefore } from './programme.ts';

/** More than a network is asked for again, also by who was away for two months. */
const pastMs = 100 * 86_400_000;
/** Nobody misses the clicks of the last seconds, and some ask several times in each. */
const betweenMs = 10_000;

/**
 * All networks at one address, each below its slug. The same programme runs on each of them, and goes on with the time: it is there for a
 * hundred days, and says the same when the simulators are started again.
 */
export function createNetworks({ timeline = systemTimeline }: { readonly timeline?: Timeline } = {}) {
  const networks = createEach(timeline);
  const keepers = [
    keeps(networks.awin.book, awinTransactions),
    keeps(networks.dub.events, dubEvents),
    keeps(networks.dub.commissions, dubCommissions),
    keeps(networks.everflow.book, everflowTraffic),
    keeps(networks.impact.book, impactActions),
    keeps(networks.netrefer.book, netreferActivity),
    keeps(networks['post-affiliate-pro'].book, proTransactions),
  ];
  let kept = { at: new Date(0), from: new Date(timeline.now().getTime() - pastMs) };
  const keepUp = () => {
    const now = timeline.now();
    if (now.getTime() < kept.at.getTime() + betweenMs) return;
    const spells = programmeAt(now, kept.from);
    for (const keep of keepers) keep(spells);
    kept = { at: now, from: settledBefore(now) };
  };
  keepUp();
  const all = {
    timeline,
    answer: async (request: SandboxRequest): Promise<Transmission> => {
      keepUp();
      return answerBelow(networks, request, timeline);
    },
  };
  return { ...networks, credentials: credentialsOf(networks), simulation: all, fetch: createSandboxFetch(all) };
}

const createEach = (timeline: Timeline) => ({
  awin: createAwinSandbox({ timeline }),
  dub: createDubSandbox({ timeline }),
  everflow: createEverflowSandbox({ timeline }),
  impact: createImpactSandbox({ timeline }),
  netrefer: createNetreferSandbox({ timeline }),
  'post-affiliate-pro': createPostAffiliateProSandbox({ timeline }),
});

type Networks = ReturnType<typeof createEach>;

/** What somebody types in to connect each. The programme's days are of UTC where the account does not tell another zone. */
function credentialsOf({
  awin,
  dub,
  everflow,
  impact,
  netrefer,
  ...others
}: Networks): Record<keyof Networks, Record<string, string>> {
  const pro = others['post-affiliate-pro'];
  const { currency, ...login } = netrefer.account;
  return {
    awin: {
      ...{ accessToken: awin.account.accessToken, publisherId: String(awin.account.publisherId) },
      ...{ timeZone: 'UTC', currency: awin.account.currency },
    },
    dub: { apiKey: dub.account.apiKey, workspaceId: dub.account.workspaceId },
    everflow: { apiKey: everflow.account.apiKey, affiliateId: '42', currency: everflow.account.currency },
    impact: { accountSid: impact.account.accountSid, authToken: impact.account.authToken },
    netrefer: {
      ...{ host: 'asr.operator.example.com', reportPath: netrefer.reportPath, ...login },
      ...{ timeZone: 'UTC', currency },
    },
    'post-affiliate-pro': {
      ...{ host: pro.account.host, apiKey: pro.account.apiKey },
      ...{ timeZone: 'UTC', currency: pro.account.currency },
    },
  };
}

/** `createNetworks` on 127.0.0.1. */
export async function startNetworks({ port, ...options }: { timeline?: Timeline; port?: number } = {}) {
  const networks = createNetworks(options);
  const { url, stop } = await startHttpServer(networks.simulation, port);
  return { ...networks, url, stop };
}

/** The network that is asked sees its own path. */
function answerBelow(
  networks: Readonly<Record<string, { readonly simulation: Simulation }>>,
  request: SandboxRequest,
  timeline: Timeline,
): Promise<Transmission> | Transmission {
  const [, slug = '', ...below] = request.path.split('/');
  const network = Object.hasOwn(networks, slug) ? networks[slug] : undefined;
  if (network === undefined) return whole({ status: 404, body: 'No such network' }, timeline);
  return network.simulation.answer({ ...request, path: `/${below.join('/')}` });
}

/** Brings a book to what the programme says. What somebody else has changed in it stays, until the programme goes on there. */
function keeps<Entry extends { id: string }>(book: Book<Entry>, toEntries: (spells: readonly Spell[]) => Entry[]) {
  const told = new Map<string, string>();
  return (spells: readonly Spell[]): void => {
    for (const entry of toEntries(spells)) {
      const text = JSON.stringify(entry);
      const before = told.get(entry.id);
      if (before === undefined) book.add(entry);
      else if (before !== text) book.change(entry.id, entry);
      told.set(entry.id, text);
    }
  };
}
