import { noteSequences } from '@tributary/inbox/note-sequences';
import type { LocalSqs } from '@tributary/local/sqs';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { providers } from '../runtime/providers.ts';
import { openCronPlace } from './cron.fixture.ts';

describe('the cron that looks for lost events', () => {
  let database: TestDatabase;
  let sqs: LocalSqs;
  let handler: typeof import('./sweeps.ts').handler;

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T14:00:00Z') });
    ({ database, sqs } = await openCronPlace('sync'));
    ({ handler } = await import('./sweeps.ts'));
    for (let count = 0; count < 12; count += 1)
      await database.superuser.query(
        `insert into sync.connections (org_id, provider, account_ref) values ($1, 'xero', gen_random_uuid())`,
        [await createOrganization(database)],
      );
  });
  beforeEach(async () => {
    await database.superuser.query('delete from inbox.sequences');
  });

  const deliver = (...numbers: number[]) =>
    noteSequences(
      database.system,
      providers,
      numbers.map((number) => ({
        provider: 'xero',
        handshake: false,
        receivedAt: new Date().toISOString(),
        url: '',
        headers: {},
        keyId: null,
        body: Buffer.from(JSON.stringify({ events: [], firstEventSequence: number, lastEventSequence: number })),
      })),
    );
  const minuteLater = () => vi.setSystemTime(Date.now() + 60_000);

  it('sends word to pull from every connection, once', async () => {
    await deliver(1, 3);
    const found = [];
    for (let minute = 0; minute < 4; minute += 1) {
      minuteLater();
      found.push(await handler());
    }
    const nothing = { sweeps: 0, runs: 0 };
    expect(found).toEqual([nothing, { sweeps: 1, runs: 12 }, nothing, nothing]);
    expect(sqs.depth('sync')).toMatchObject({ visible: 12 });
  });

  it('loses nothing that the queue did not take', async () => {
    await deliver(1, 3);
    minuteLater();
    await handler();
    minuteLater();
    await sqs.closeDoor();
    await expect(handler()).rejects.toMatchObject({ code: 'unavailable' });
    await sqs.openDoor();
    minuteLater();
    expect(await handler()).toEqual({ sweeps: 1, runs: 12 });
  });
});
