import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../kernel/virtual-clock.ts';
import { createNetworks } from './networks.ts';

const dayMs = 86_400_000;

function open() {
  const clock = createVirtualClock(new Date('2026-11-20T15:30:00Z'));
  const networks = createNetworks({ timeline: clock });
  const headers = { 'x-eflow-api-key': networks.everflow.account.apiKey };
  const ask = (path: string) => networks.fetch(`http://127.0.0.1:4711${path}`, { headers });
  return { clock, networks, ask };
}

describe('the simulators of networks at one address', () => {
  it('answer below their slugs and nowhere else', async () => {
    const { ask } = open();
    const known = await ask('/everflow/v1/affiliates/network');
    expect([known.status, await known.json()]).toMatchObject([200, { network_id: 346 }]);
    expect(await Promise.all(paths.map(async (path) => (await ask(path)).status))).toEqual(paths.map(() => 404));
  });
  const paths = ['/', '/v1/affiliates/network', '/nobody/v1/affiliates/network', '/__proto__/x', '/everflow/nothing'];

  it('keep their books up with the time, and leave what somebody has changed by hand', async () => {
    const { clock, ask, networks } = open();
    const { book } = networks.everflow;
    const lately = clock.now().getTime() - 5 * dayMs;
    const settled = book.all().find(({ at, events }) => at.getTime() > lately && events === 0);
    if (settled === undefined) expect.fail('all links have brought sales');
    book.change(settled.id, { events: 99 });
    const before = book.all();
    await clock.advance(3 * dayMs);
    await ask('/everflow/v1/affiliates/network');
    const after = new Map(book.all().map((traffic) => [traffic.id, traffic]));
    expect(after.size).toBe(before.length + 72);
    expect(after.get(settled.id)?.events).toBe(99);
    const restated = before.filter(({ id, revenueMinor }) => (after.get(id)?.revenueMinor ?? 0) < revenueMinor);
    expect(restated.length).toBeGreaterThan(0);
  });

  it('say the same when they are started again', async () => {
    const { clock, networks } = open();
    await clock.advance(3 * dayMs + 3_600_000);
    await networks.fetch('http://127.0.0.1:4711/awin/accounts');
    const again = createNetworks({ timeline: clock });
    const since = (book: typeof networks.awin.book) =>
      book.all().filter(({ at }) => at.getTime() > clock.now().getTime() - 60 * dayMs);
    expect(since(networks.awin.book)).toEqual(since(again.awin.book));
    expect(since(again.awin.book).length).toBeGreaterThan(100);
  });
});
