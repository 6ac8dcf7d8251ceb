import { AppError } from '@tributary/core/errors';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Archive, minutesLater, openArchive, sweepAll, whileHeld } from './archive.fixture.ts';
import { idName } from './names.ts';
import { reopen } from './reopen.ts';

describe('sweepErasures', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  // It looks at all that are open.
  afterEach(() => database.superuser.query('delete from privacy.erasures'));

  describe('of several erasures', () => {
    it('is stopped by none that fails, in its organization or another, and tells which that are', async () => {
      const [one, other] = [await openArchive(database), await openArchive(database)];
      const failing = await one.erase('ANN');
      await one.erase('BEA', { requestedAt: minutesLater(1) });
      await other.erase('CID', { requestedAt: minutesLater(2) });
      const delivered = await other.deliver('CID');
      const error = new TypeError('a fault of ours');
      const eraseLate = async (_tx: unknown, customerId: string) => {
        if (customerId === failing) throw error;
      };
      expect(await sweepAll(database, { eraseLate })).toEqual({
        ended: 2,
        failures: [{ orgId: one.orgId, customerId: failing, step: null, error }],
      });
      expect(await other.isRedacted(delivered)).toBe(true);
      expect(await one.erasures()).toMatchObject([{ swept: false }, { swept: true }]);
      expect(await sweepAll(database)).toEqual({ ended: 1, failures: [] });
    });

    it('ends while the database is away, and blames none of them', async () => {
      await (await openArchive(database)).erase('ANN');
      const away = new AppError('unavailable', 'The database is not reachable.');
      const failures: unknown[] = [];
      const sweeping = sweepAll(database, {
        eraseLate: () => Promise.reject(away),
        report: (failure) => failures.push(failure),
      });
      await expect(sweeping).rejects.toBe(away);
      expect(failures).toEqual([]);
    });

    it('lets a hundred that fail each time keep no other waiting', async () => {
      const [broken, whole] = [await openArchive(database), await openArchive(database)];
      await broken.rows(
        `insert into privacy.erasures (org_id, customer_id, requested_at, position)
         select $1, gen_random_uuid(), $2, '{"step": "pulls", "from": "nowhere"}' from generate_series(1, 100)`,
        minutesLater(0),
      );
      await whole.erase('ANN', { requestedAt: minutesLater(1) });
      const first = await sweepAll(database);
      expect(first.ended).toBe(0);
      expect(first.failures).toHaveLength(100);
      expect(first.failures[0]).toMatchObject({ orgId: broken.orgId, step: 'pulls' });
      expect((await sweepAll(database)).ended).toBe(1);
    });
  });

  it('tells by no erased name how far it has come, even when a page ends with one', async () => {
    const archive = await openArchive(database);
    const ids = Array.from({ length: 450 }, (_, number) => `C${String(number).padStart(3, '0')}`);
    await archive.keep(...ids.map((id) => ({ id, note: 'for somebody' })));
    // The last of the first page, and all of the second.
    await archive.erase('ANN', { more: ids.slice(199, 420).map((id) => idName('square', id)) });
    let pages = 0;
    for (let ended = 0; ended === 0; pages += 1) {
      let questions = 0;
      ({ ended } = await sweepAll(database, { mayGoOn: () => questions++ < 2 }));
      const { rows } = await database.superuser.query(
        `select from privacy.erasures where position ->> 'from' ~ 'C(199|[23]..|4[01].)'`,
      );
      expect(rows).toHaveLength(0);
      expect(pages).toBeLessThan(50);
    }
    expect((await archive.kept()).filter(({ id }) => id.startsWith('C'))).toHaveLength(229);
  });

  describe('of drifts', () => {
    const named = (archive: Archive) =>
      archive.rows<{ external_id: string; status: string }>(
        'select external_id, status from sync.drifts where org_id = $1 order by found_at',
      );
    async function drifts(archive: Archive, ...externalIds: string[]): Promise<string[]> {
      const rows = await archive.rows<{ id: string }>(
        `with r as (
           insert into sync.reconciliations (org_id, connection_id, day, status, totals, drifts, checked_at)
           values ($1, $2, '2026-06-01', 'drifts', '{}', 1, now())
           on conflict (org_id, connection_id, day) do update set drifts = 1 returning id
         )
         insert into sync.drifts (org_id, reconciliation_id, connection_id, resource, external_id, cause, found_at)
         select $1, r.id, $2, 'Contacts', d.external_id, 'missing_here', now() + d.ord * interval '1 second'
         from r cross join unnest($3::text[]) with ordinality as d (external_id, ord) returning id`,
        ...[archive.connectionId, externalIds],
      );
      return rows.map(({ id }) => id);
    }
    const pseudonym = expect.stringMatching(/^erased-[0-9a-f]{20}$/);

    it('puts a pseudonym in place of a name', async () => {
      const archive = await openArchive(database);
      await archive.erase('ANN');
      await drifts(archive, 'ANN', 'BOB');
      expect((await sweepAll(database)).failures).toEqual([]);
      expect(await named(archive)).toEqual([
        { external_id: pseudonym, status: 'open' },
        { external_id: 'BOB', status: 'open' },
      ]);
    });

    it('settles one under a name whose pseudonym differs as well, and keeps both', async () => {
      const archive = await openArchive(database);
      await archive.erase('ANN');
      await drifts(archive, 'ANN');
      await sweepAll(database);
      // As a check does that read its list before the erasure.
      const [late] = await drifts(archive, 'ANN');
      await archive.rows('update privacy.erasures set swept_at = null where org_id = $1');
      expect(await sweepAll(database)).toEqual({ ended: 1, failures: [] });
      expect(await named(archive)).toEqual(
        expect.arrayContaining([
          { external_id: pseudonym, status: 'open' },
          { external_id: `erased-${late}`, status: 'settled' },
        ]),
      );
    });

    it('tells two apart that get the same pseudonym at once', async () => {
      const archive = await openArchive(database);
      const guid = 'f33eb1b2-4e1e-4c13-9c3b-5f2b7e0d0a01';
      await archive.erase(guid);
      const [, second] = await drifts(archive, guid, guid.toUpperCase());
      expect(await sweepAll(database)).toEqual({ ended: 1, failures: [] });
      const [kept, renamed] = await named(archive);
      expect(kept?.external_id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(kept?.external_id).not.toBe(guid);
      expect(renamed).toEqual({ external_id: `erased-${second}`, status: 'settled' });
    });
  });

  describe('taken up again while a page is gone through', () => {
    const uuid = (digit: number) => `${String(digit).repeat(8)}-0000-7000-8000-000000000000`;

    it.each([
      ['before', 1],
      ['behind', 3],
    ])('comes to a delivery that arrived %s what it holds', async (_where, digit) => {
      const archive = await openArchive(database);
      await database.superuser.query('delete from inbox.events');
      await database.superuser.query('delete from inbox.deliveries');
      const customerId = await archive.erase('ANN');
      const held = await archive.deliver('ANN', { id: uuid(2) });
      const swept = await whileHeld(
        database,
        held,
        () => sweepAll(database),
        async () => {
          const late = await archive.deliver('ANN', { id: uuid(digit) });
          await withTenant({ database: database.worker, orgId: archive.orgId }, (tx) => reopen(tx, [customerId], late));
        },
      );
      expect(swept).toEqual({ ended: 1, failures: [] });
      expect([await archive.isRedacted(held), await archive.isRedacted(uuid(digit))]).toEqual([true, true]);
      expect(await archive.erasures()).toEqual([{ position: null, swept: true }]);
    });

    it('leaves out as well what was taken out meanwhile for another organization whose events it holds', async () => {
      const archive = await openArchive(database);
      await archive.erase('ANN');
      const held = await archive.deliver('ANN', { order_id: 'of somebody else' });
      await whileHeld(
        database,
        held,
        () => sweepAll(database),
        (holder) =>
          holder.query(
            `update inbox.deliveries d set body = b.body, redacted_sha256 = sha256(b.body), redacted_at = now()
             from (values (convert_to('{"data": {"customer_id": "ANN"}}', 'UTF8'))) as b (body) where d.id = $1`,
            [held],
          ),
      );
      const [row] = await archive.rows<{ text: string }>(
        `select convert_from(body, 'UTF8') as text from inbox.deliveries where id = $2 and $1::uuid is not null`,
        held,
      );
      expect(JSON.parse(row?.text ?? '')).toEqual({ data: { customer_id: expect.stringMatching(/^erased-/) } });
    });

    it('goes on from a delivery, once it has ended', async () => {
      const archive = await openArchive(database);
      const customerId = await archive.erase('ANN');
      await sweepAll(database);
      const late = await archive.deliver('ANN');
      await withTenant({ database: database.worker, orgId: archive.orgId }, (tx) => reopen(tx, [customerId], late));
      expect(await archive.erasures()).toMatchObject([{ position: { step: 'deliveries', from: late }, swept: false }]);
      expect(await sweepAll(database)).toEqual({ ended: 1, failures: [] });
      expect(await archive.isRedacted(late)).toBe(true);
    });
  });
});
