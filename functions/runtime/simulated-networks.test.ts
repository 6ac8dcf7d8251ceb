import { readFileSync } from 'node:fs';
import type { DailyPage, DailyStats, DayWindow } from '@tributary/core/daily-stats';
import { networkAddress, readCredentials, toAccessToken } from '@tributary/providers/affiliate/credentials';
import type { Network } from '@tributary/providers/affiliate/network';
import { addUp, readWindow } from '@tributary/providers/affiliate/network.fixture';
import { addDays } from '@tributary/providers/affiliate/network-days';
import { networks } from '@tributary/providers/affiliate/networks';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import { createCall } from '@tributary/providers/walk/walk.fixture';
import { createNetworks } from '@tributary/sandbox/affiliate/networks';
import { createVirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { describe, expect, it } from 'vitest';
import { directoryCall } from './networks.ts';

/** No address of this machine: nothing but a simulator's `fetch` is asked. */
const simulated = 'https://networks.example.com';
const days = Array.from({ length: 35 }, (_, index) => addDays('2026-10-17', index));
const last = '2026-11-20';

/** The days that a network's simulator tells, asked as this stage asks. */
async function readDays(network: Network): Promise<DailyStats[]> {
  const clock = createVirtualClock(new Date('2026-11-20T23:30:00Z'));
  const simulators = createNetworks({ timeline: clock });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    // One network allows four questions a second.
    await clock.advance(1000);
    return simulators.fetch(input, init);
  };
  const credentials = readCredentials(network.credentials, typedIn(simulators, network));
  const directory = directoryCall(network, simulated, createGuardedCall({ fetch }));
  const traded = await network.signIn?.(credentials, directory, clock.now());
  const accessToken = traded?.accessToken ?? toAccessToken(credentials);
  const call = createCall(networkAddress(network, `${simulated}/${network.slug}`)({ accessToken }), fetch);
  const account = await network.verifyAuth(call, credentials);
  const pages: DailyPage[] = [];
  for (const part of windowsOf(network)) pages.push(...(await readWindow(network, call, account, part)));
  expect(pages.every(({ isComplete }) => isComplete)).toBe(true);
  return addUp(pages);
}

/** As many days at once as it may be asked for. */
function windowsOf({ windowDays }: Network): DayWindow[] {
  const starts = days.filter((_, index) => index % windowDays === 0);
  return starts.map((from, index) => ({ from, to: addDays(starts[index + 1] ?? addDays(last, 1), -1) }));
}

describe('the simulators that dev starts', () => {
  it('are of all networks there are', () => {
    expect(Object.keys(createNetworks().credentials)).toEqual(Object.keys(networks));
  });

  it('let in what the documentation tells to try', () => {
    const page = readFileSync(new URL('../../packages/docs/affiliate.md', import.meta.url), 'utf8');
    for (const credentials of Object.values(createNetworks().credentials))
      expect(page).toContain(JSON.stringify(credentials));
  });

  it.each(Object.values(networks))('tell what came on each day of five weeks: $slug', async (network) => {
    const rows = await readDays(network);
    expect([...new Set(rows.map(({ day }) => day))].sort()).toEqual(days);
    const told = network.metrics.filter((metric) => rows.some((row) => row[metric] > 0));
    // The programme of a merchant has sales alone.
    expect(told).toEqual(
      network.metrics.filter((metric) => network.slug !== 'post-affiliate-pro' || metric !== 'signups'),
    );
  });

  it('run the same programme: those that count in UTC tell the same sales', async () => {
    const inUtc = ['awin', 'dub', 'netrefer', 'post-affiliate-pro'].flatMap((slug) => networks[slug] ?? []);
    const totals: number[] = [];
    for (const network of inUtc) {
      const rows = await readDays(network);
      totals.push(rows.reduce((sum, { commissionMinor }) => sum + commissionMinor, 0));
    }
    expect(totals).toEqual(inUtc.map(() => totals[0]));
  });
});

function typedIn({ credentials }: ReturnType<typeof createNetworks>, { slug }: Network): Record<string, string> {
  return Object.hasOwn(credentials, slug) ? credentials[slug as keyof typeof credentials] : {};
}
