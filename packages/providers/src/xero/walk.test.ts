import type { ProviderCall } from '@tributary/core/provider-call';
import { addContact } from '@tributary/sandbox/xero/books';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, walk } from '../walk/walk.fixture.ts';
import { idsOf, lastVersions, openBooks, start, walkList } from './books.fixture.ts';
import { createXeroSource } from './source.ts';

describe('a walk of Xero’s lists', () => {
  it.each([true, false])('begins with what changed at its time (the very second listed: %s)', async (isIncluded) => {
    const books = await openBooks({ judgments: { sinceIncludesItsSecond: isIncluded } });
    addContact(books.organisation, { name: 'Ada' });
    expect(factsOf(await walkList(books, 'Contacts'))).toHaveLength(1);
  });

  it.each([0, 10])('asks for no page twice where a second fills several, %d ms apart', async (gapMs) => {
    const books = await openBooks();
    for (let count = 0; count < 50; count += 1) {
      addContact(books.organisation, { name: `Contact ${count}` });
      await books.clock.advance(gapMs);
    }
    const pages = await walkList(books, 'Contacts', 20);
    expect(lastVersions(factsOf(pages)).size).toBe(50);
    expect(books.call.asked).toHaveLength(pages.length);
    expect(pages.length).toBeLessThanOrEqual(5);
  });

  it('loses no object while they change under it', async () => {
    const moving = fc.array(fc.array(fc.nat(), { maxLength: 4, size: 'max' }), { maxLength: 10, size: 'max' });
    const gaps = fc.array(fc.constantFrom(0, 0, 0, 300, 1500), { minLength: 30, maxLength: 50, size: 'max' });
    await fc.assert(
      fc.asyncProperty(gaps, moving, async (gapsMs, touched) => {
        const books = await openBooks();
        const { organisation, clock } = books;
        for (const gapMs of gapsMs) {
          addContact(organisation, { name: 'Ada' });
          await clock.advance(gapMs);
        }
        const ids = idsOf(organisation, 'Contacts');
        let turn = 0;
        const pages = await walk({
          source: createXeroSource({ pageSize: 8 }),
          call: books.call,
          stream: { resource: 'Contacts', locationRef: '' },
          from: start,
          between: () => {
            for (const index of touched[turn] ?? [])
              organisation.save('Contacts', { ContactID: ids[index % ids.length] ?? '' });
            turn += 1;
          },
        });
        const truth = new Map(ids.map((id) => [id, organisation.rows('Contacts').get(id)?.updatedMs]));
        expect(lastVersions(factsOf(pages))).toEqual(truth);
      }),
      { numRuns: 25 },
    );
  }, 30_000);

  it('would lose some from page to page of one query', async () => {
    const books = await openBooks();
    for (let count = 0; count < 24; count += 1) addContact(books.organisation, { name: 'Ada' });
    books.xero.faults.plan({ fault: 'shifting_page', times: 2 });
    const seen = new Set<string>();
    for (const page of ['1', '2', '3']) {
      const list = createXeroSource({ pageSize: 8 });
      const onPage: ProviderCall = (request, schema) =>
        books.call({ ...request, query: { ...request.query, page } }, schema);
      const stream = { resource: 'Contacts', locationRef: '' };
      const { objects } = await list.page(onPage, stream, { from: start.toISOString(), place: null });
      for (const { id } of objects) seen.add(id);
    }
    expect(seen.size).toBeLessThan(24);
  });

  it('is refused when its pages go round, and goes on when they do so once', async () => {
    const books = await openBooks();
    for (let count = 0; count < 20; count += 1) addContact(books.organisation, { name: 'Ada' });
    books.xero.faults.plan({ fault: 'cursor_loop', times: 1000 });
    await expect(walkList(books, 'Contacts', 8)).rejects.toMatchObject({ kind: 'invalid_response' });
    books.xero.faults.clear();
    books.xero.faults.plan({ fault: 'cursor_loop', on: ({ query }) => query.get('page') !== '1' });
    expect(lastVersions(factsOf(await walkList(books, 'Contacts', 8))).size).toBe(20);
  });
});
