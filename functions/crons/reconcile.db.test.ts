import type { LocalSqs } from '@tributary/local/sqs';
import { type SyncMessage, syncMessage } from '@tributary/queue/message';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSquareTrade } from '../ops/trade.fixture.ts';
import { type CronPlace, openCronPlace } from './cron.fixture.ts';

type Trade = Awaited<ReturnType<typeof openSquareTrade>>;

/** Trades are connected at noon of the day before. */
const day = '2026-11-21';
const over = '2026-11-22T03:00:00Z';

describe('the cron that has days compared', () => {
  let place: CronPlace;
  let database: TestDatabase;
  let sqs: LocalSqs;
  let handler: typeof import('./reconcile.ts').handler;

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    place = await openCronPlace('sync');
    ({ database, sqs } = place);
    ({ handler } = await import('./reconcile.ts'));
  });
  beforeEach(async () => {
    // It looks at everybody: those of other tests are no longer connected.
    await sql(`update sync.connections set status = 'error'`);
    await sql(`update identity.organizations set time_zone = 'UTC'`);
  });

  const sql = async (text: string, ...values: unknown[]) => (await database.superuser.query(text, values)).rows;
  const runAt = (time: string) => {
    vi.setSystemTime(new Date(time));
    return handler();
  };
  /** One whose clock says that the day is over. */
  async function open(): Promise<Trade> {
    const trade = await openSquareTrade(database);
    await trade.clock.set(new Date(over));
    return trade;
  }
  const wordOf = ({ shop: { orgId, connectionId } }: Trade): SyncMessage => ({
    kind: 'reconcile',
    v: 1,
    ...{ orgId, connectionId, day },
  });

  /** What is in the queue, taken out of it. */
  async function taken(): Promise<SyncMessage[]> {
    const messages: SyncMessage[] = [];
    await place.drain({
      batchSize: 10,
      maxConcurrency: 1,
      invoke: async ({ Records }) => {
        messages.push(...Records.map(({ body }) => syncMessage.parse(JSON.parse(body))));
        return { payload: { batchItemFailures: [] } };
      },
    });
    return messages;
  }

  /** As the queue's function does. */
  const compare = (trade: Trade) => trade.check({ from: day, to: day });

  it('sends word of a day three hours after it is over, and of none that was compared', async () => {
    const trade = await open();
    expect(await runAt('2026-11-22T02:59:59Z')).toEqual({ days: 0 });
    expect(await runAt(over)).toEqual({ days: 1 });
    expect(await taken()).toEqual([wordOf(trade)]);
    await compare(trade);
    expect(await runAt('2026-11-23T02:59:59Z')).toEqual({ days: 0 });
    expect(await runAt('2026-11-23T03:00:00Z')).toEqual({ days: 1 });
    expect(await taken()).toEqual([{ ...wordOf(trade), day: '2026-11-22' }]);
  });

  it('sends word again of a day of which nothing came, two hours later and not before', async () => {
    const trade = await open();
    await runAt(over);
    expect(await runAt('2026-11-22T04:59:59Z')).toEqual({ days: 0 });
    expect(await runAt('2026-11-22T05:00:00Z')).toEqual({ days: 1 });
    expect(await taken()).toEqual([wordOf(trade), wordOf(trade)]);
  });

  it('loses no day that the queue did not take', async () => {
    await open();
    await sqs.closeDoor();
    await expect(runAt(over)).rejects.toMatchObject({ code: 'unavailable' });
    await sqs.openDoor();
    expect(await runAt('2026-11-22T05:00:00Z')).toEqual({ days: 1 });
    await taken();
  });

  it('has a day compared again that somebody compared before it was over', async () => {
    const trade = await open();
    await compare(trade);
    await sql(
      `update sync.reconciliations set checked_at = $2 where org_id = $1`,
      trade.shop.orgId,
      `${day}T23:59:59Z`,
    );
    expect(await runAt(over)).toEqual({ days: 1 });
    await taken();
    await compare(trade);
    expect(await runAt('2026-11-22T05:00:00Z')).toEqual({ days: 0 });
  });

  it.each([
    ['that needs somebody to authorise it', `update sync.connections set status = 'needs_reconnect' where org_id = $1`],
    [
      'that was connected while it ran',
      `update sync.connections set connected_at = '${day}T00:00:01Z' where org_id = $1`,
    ],
    ['of a suspended organization', `update identity.organizations set status = 'suspended' where id = $1`],
    ['of a provider without days', `update sync.connections set provider = 'ebb' where org_id = $1`],
  ])('has no day compared of a connection %s', async (_, change) => {
    const { shop } = await open();
    await sql(change, shop.orgId);
    expect(await runAt(over)).toEqual({ days: 0 });
  });

  it('goes by the calendar of each organization, and one that has none keeps nobody waiting', async () => {
    const zones = ['Pacific/Kiritimati', 'America/New_York', 'Mars/Olympus'];
    for (const zone of zones) {
      const orgId = await createOrganization(database);
      await sql('update identity.organizations set time_zone = $2 where id = $1', orgId, zone);
      await sql(
        `insert into sync.connections (org_id, provider, account_ref, connected_at) values ($1, 'clover', $2, '2026-11-01')`,
        ...[orgId, zone],
      );
    }
    const daysAt = async (time: string) => {
      await runAt(time);
      return (await taken()).map((message) => (message.kind === 'reconcile' ? message.day : '')).sort();
    };
    // Three in the morning of the 22nd; eight in the morning of the 21st.
    expect(await daysAt('2026-11-21T13:00:00Z')).toEqual(['2026-11-20', '2026-11-21']);
    // Of the day for which both were told two hours ago nothing has come.
    expect(await daysAt('2026-11-22T07:59:59Z')).toEqual(['2026-11-20', '2026-11-21']);
    expect(await daysAt('2026-11-22T10:00:00Z')).toEqual(['2026-11-21', '2026-11-21']);
  });
});
