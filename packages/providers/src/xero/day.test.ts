import { addContact } from '@tributary/sandbox/xero/books';
import { describe, expect, it } from 'vitest';
import { fill, openBooks } from './books.fixture.ts';
import { xeroDays } from './day.ts';

const span = { from: new Date('2026-11-22T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') };
const ids = (facts: readonly object[]) => facts.map((fact) => (fact as { externalId: string }).externalId).sort();

describe('a day at Xero', () => {
  it('is all that changed in it last, of every kind, page after page', async () => {
    const books = await openBooks();
    const made = Object.values(fill(books));
    const contacts = Array.from({ length: 430 }, (_, count) =>
      addContact(books.organisation, { name: `Ada ${count}` }),
    );
    const today = { from: new Date('2026-11-21T00:00:00Z'), to: span.from };
    expect(ids(await xeroDays.list(books.call, today))).toEqual([...made, ...contacts].sort());
  });

  it('begins with its first moment, ends before the next one’s, and has nothing that changed after', async () => {
    const { organisation, call } = await openBooks();
    const at = (text: string) => ({ updatedAt: new Date(text) });
    addContact(organisation, { name: 'before' }, at('2026-11-21T23:59:59.999Z'));
    const first = addContact(organisation, { name: 'first' }, at('2026-11-22T00:00:00Z'));
    const last = addContact(organisation, { name: 'last' }, at('2026-11-22T23:59:59.999Z'));
    addContact(organisation, { name: 'after' }, at('2026-11-23T00:00:00Z'));
    const moved = addContact(organisation, { name: 'moved' }, at('2026-11-22T10:00:00Z'));
    organisation.save('Contacts', { ContactID: moved }, at('2026-11-23T10:00:00Z'));
    expect(ids(await xeroDays.list(call, span))).toEqual([first, last].sort());
  });

  it('has each object by itself, and null for what is none', async () => {
    const { organisation, call } = await openBooks();
    const externalId = addContact(organisation, { name: 'Ada' });
    const read = (resource: string, id: string) => xeroDays.read(call, { resource, externalId: id, parentId: null });
    expect(await read('Contacts', externalId)).toMatchObject([{ kind: 'object', resource: 'Contacts', externalId }]);
    expect(await read('Contacts', '00000000-0000-4000-8000-00000000ffff')).toBeNull();
    expect(await read('Journals', externalId)).toBeNull();
  });
});
