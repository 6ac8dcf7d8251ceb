import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { minutesLater, openArchive, sweepAll } from './archive.fixture.ts';

describe('erasures of one organization', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterEach(() => database.superuser.query('delete from privacy.erasures'));

  /** How often it was asked whether there is time left. */
  async function questions(): Promise<number> {
    let asked = 0;
    const mayGoOn = () => {
      asked += 1;
      return true;
    };
    const { failures } = await sweepAll(database, { mayGoOn });
    expect(failures).toEqual([]);
    return asked;
  }

  it('go through the bytes together, and one that came later by itself', async () => {
    const archive = await openArchive(database);
    await archive.erase('ANN');
    const alone = await questions();
    for (const [minutes, id] of ['BEA', 'CID', 'DAN'].entries())
      await archive.erase(id, { requestedAt: minutesLater(minutes) });
    // Each is begun by itself, and their pages are the same.
    expect(await questions()).toBe(alone + 2);
    await archive.erase('EVE', { requestedAt: minutesLater(1) });
    await sweepAll(database, { mayGoOn: stopAfter(3) });
    await archive.erase('FAY', { requestedAt: minutesLater(2) });
    // It catches up with who is a page ahead.
    expect(await questions()).toBe(alone);
    expect((await archive.erasures()).every(({ swept }) => swept)).toBe(true);
  });

  it('begin again, all that were at it, when the bytes told a name', async () => {
    const archive = await openArchive(database);
    await archive.erase('ANN');
    await archive.erase('BEA', { requestedAt: minutesLater(1) });
    await archive.keep({ id: 'O1', note: 'for Ann' });
    await archive.deliver('ANN', { order_id: 'O1' });
    expect(await sweepAll(database)).toEqual({ ended: 2, failures: [] });
    expect(await archive.kept()).toEqual([{ id: 'O1', body: { id: 'O1' } }]);
  });

  it('begin again as well when what told it was the last that was done before a failure', async () => {
    const archive = await openArchive(database);
    await archive.erase('ANN');
    await archive.keep({ id: 'O1', note: 'for Ann' });
    await archive.deliver('ANN', { order_id: 'O1' });
    await database.superuser.query(
      `create function pg_temp.fail() returns trigger language plpgsql as $$ begin raise exception 'the disk is full'; end $$;
       create trigger fail before update on privacy.erasures for each row
         when (old.position ->> 'step' = 'deliveries' and new.position is distinct from old.position) execute function pg_temp.fail()`,
    );
    expect((await sweepAll(database)).failures).toMatchObject([{ orgId: archive.orgId, step: 'deliveries' }]);
    await database.superuser.query('drop trigger fail on privacy.erasures');
    expect(await sweepAll(database)).toEqual({ ended: 1, failures: [] });
    expect(await archive.kept()).toEqual([{ id: 'O1', body: { id: 'O1' } }]);
  });
});

function stopAfter(times: number): () => boolean {
  let asked = 0;
  return () => asked++ < times;
}
