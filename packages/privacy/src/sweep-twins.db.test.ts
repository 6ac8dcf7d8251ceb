import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Archive, minutesLater, openArchive, sweepAll } from './archive.fixture.ts';
import { findErased } from './erased.ts';
import { idName, nameKey } from './names.ts';
import type { TwinPart } from './sweep-twins.ts';

describe('what an organization was computed into again', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterEach(() => database.superuser.query('delete from privacy.erasures'));

  /** A twin of the organization. */
  async function twinOf(archive: Archive): Promise<Archive> {
    const twin = await openArchive(database);
    await archive.rows(
      'insert into sync.rebuilds (org_id, twin_org_id, started_at) values ($1, $2, now())',
      twin.orgId,
    );
    return twin;
  }

  const idOf = (number: number) => `C${String(number).padStart(3, '0')}`;
  /** More than two pages. The seventh and another are Ann's, and one has her number. */
  const addObjects = (archive: Archive) =>
    archive.keep(
      ...Array.from({ length: 450 }, (_, number) => ({
        id: idOf(number),
        customer_id: number === 7 || number === 333 ? 'ANN' : `BOB${number}`,
        phone: number === 444 ? '(415) 555-0143' : null,
        note: 'for somebody',
      })),
    );
  const cleared = async (archive: Archive) =>
    (await archive.kept()).flatMap(({ id, body }) => ('note' in (body as object) ? [] : [id]));

  it('loses whom it names by an id or by a number without a country, on whatever page', async () => {
    const archive = await openArchive(database);
    const twins = [await twinOf(archive), await twinOf(archive)];
    for (const twin of twins) await addObjects(twin);
    await archive.erase('ANN', { more: [['mobile', '', '+14155550143']] });
    expect(await sweepAll(database)).toEqual({ ended: 1, failures: [] });
    for (const twin of twins) expect(await cleared(twin)).toEqual(['C007', 'C333', 'C444']);
  });

  it('is left after any page, and gone on with there', async () => {
    const archive = await openArchive(database);
    const [twin] = [await twinOf(archive), await twinOf(archive)];
    await addObjects(twin);
    await archive.erase('ANN');
    const places = new Set<string>();
    let runs = 0;
    for (let ended = 0; ended === 0; runs += 1) {
      let questions = 0;
      ({ ended } = await sweepAll(database, { mayGoOn: () => questions++ < 2 }));
      const [erasure] = await archive.erasures();
      const { step, from } = (erasure?.position ?? {}) as { step?: string; from?: string };
      if (step === 'twins' && from) places.add(from);
      expect(runs).toBeLessThan(50);
    }
    expect([...places].map((place) => JSON.parse(place).part)).toEqual([
      ...['facts', 'objects', 'objects', 'objects', 'persons', 'facts', 'objects'],
    ]);
    expect(await cleared(twin)).toEqual(['C007', 'C333']);
  });

  it('remembers each name as its own subject’s', async () => {
    const archive = await openArchive(database);
    const twin = await twinOf(archive);
    const [ann, bea] = [await archive.erase('ANN'), await archive.erase('BOB1', { requestedAt: minutesLater(1) })];
    await addObjects(twin);
    await sweepAll(database);
    const names = ['ANN', 'BOB1'].map((id) => idName('square', id));
    const erased = await withTenant({ database: database.worker, orgId: twin.orgId }, (tx) => findErased(tx, names));
    expect(names.map((name) => erased.get(nameKey(name))?.customerId)).toEqual([ann, bea]);
  });

  it('is asked for what a domain read of facts, with the names that are erased in the organization', async () => {
    const archive = await openArchive(database);
    const twin = await twinOf(archive);
    const ann = await archive.erase('ANN');
    const swept: unknown[] = [];
    const facts: TwinPart = {
      readNames: async () => [idName('square', 'ANN'), idName('square', 'BOB')],
      sweep: async (tx, page) => {
        const erased = await findErased(tx, [idName('square', 'ANN'), idName('square', 'BOB')]);
        swept.push([tx.orgId, page.from, [...erased.values()].map(({ customerId }) => customerId)]);
        return page.from === null ? 'second' : null;
      },
    };
    expect((await sweepAll(database, { facts })).ended).toBe(1);
    expect(swept).toEqual([
      [twin.orgId, null, [ann]],
      [twin.orgId, 'second', [ann]],
    ]);
  });
});
