import { afterEach, describe, expect, vi } from 'vitest';
import { addAccount, addContact, raiseInvoice } from './books.ts';
import { addGuests, at, line, namesOf, openBooks, openReader, since } from './reader.fixture.ts';
import type { XeroOptions } from './simulator.ts';
import { behaves, startedAt } from './xero.fixture.ts';

describe('a list', () => {
  behaves('envelope', async () => {
    const { books, list } = await openReader();
    const { contactId } = openBooks(books);
    raiseInvoice(books, { contactId, lines: [line], day: '2026-11-20' });
    const answer = await list('Invoices?page=1');
    expect(answer).toMatchObject({
      Status: 'OK',
      ProviderName: 'Sandbox App',
      DateTimeUTC: `/Date(${startedAt.getTime()})/`,
      Invoices: [
        {
          Type: 'ACCREC',
          InvoiceNumber: 'INV-0001',
          Contact: { ContactID: contactId, Name: 'Ada' },
          Status: 'AUTHORISED',
          SubTotal: 12.3,
          TotalTax: 1.85,
          Total: 14.15,
          AmountDue: 14.15,
          CurrencyCode: 'NZD',
          Date: '/Date(1795132800000+0000)/',
          DateString: '2026-11-20T00:00:00',
          UpdatedDateUTC: `/Date(${startedAt.getTime()}+0000)/`,
          UpdatedDateUTCString: '2026-11-21T12:00:00Z',
          LineItems: [{ Description: 'Beans', Quantity: 3, LineAmount: 12.3 }],
        },
      ],
    });
  });

  behaves('paging', async () => {
    const { books, list } = await openReader();
    addGuests(books, 250);
    const pages = [];
    for (const page of [1, 2, 3]) pages.push(await list(`Contacts?page=${page}`));
    expect(pages.map(({ Contacts }) => Contacts.length)).toEqual([100, 100, 50]);
    expect(new Set(pages.flatMap(namesOf)).size).toBe(250);
    expect(pages[1]?.pagination).toEqual({ page: 2, pageSize: 100, pageCount: 3, itemCount: 250 });
    const { pagination, Contacts } = await list('Contacts?page=2&pageSize=200');
    expect([pagination, Contacts.length]).toEqual([{ page: 2, pageSize: 200, pageCount: 2, itemCount: 250 }, 50]);
  });

  behaves('pageLimit', async () => {
    const { stage, books, token, list } = await openReader();
    addGuests(books, 1001);
    const { pagination, Contacts } = await list('Contacts?page=1&pageSize=5000');
    expect([pagination?.pageSize, Contacts.length]).toEqual([1000, 1000]);
    expect((await list('Contacts?page=12')).Contacts).toEqual([]);
    for (const wrong of ['page=0', 'page=x', 'page=1&pageSize=-1'])
      expect((await stage.read(`Contacts?${wrong}`, token)).status).toBe(400);
  });

  behaves('unpaged', async () => {
    const { books, list } = await openReader();
    const { contactId } = openBooks(books);
    for (let count = 0; count < 120; count += 1) raiseInvoice(books, { contactId, lines: [line] });
    const { Invoices, pagination } = await list('Invoices');
    expect([Invoices.length, pagination]).toEqual([120, undefined]);
    expect(Invoices.flatMap(({ LineItems }) => LineItems)).toEqual([]);
    expect((await list('Invoices?page=1')).Invoices[0]?.LineItems).toHaveLength(1);
  });

  behaves('order', async () => {
    const { stage, books, list } = await openReader();
    for (const hour of ['11', '09', '10']) addContact(books, { name: hour }, at(`2026-11-20T${hour}:00:00Z`));
    expect(namesOf(await list('Contacts?page=1&order=UpdatedDateUTC%20ASC'))).toEqual(['09', '10', '11']);
    expect(namesOf(await list('Contacts?page=1&order=UpdatedDateUTC DESC'))).toEqual(['11', '10', '09']);
    expect(namesOf(await list('Contacts?page=2&pageSize=2&order=UpdatedDateUTC DESC'))).toEqual(['09']);
    const first = (await list('Contacts?page=1&order=UpdatedDateUTC')).Contacts[0]?.ContactID ?? '';
    await stage.clock.advance(1000);
    books.save('Contacts', { ContactID: first, Name: '09 again' });
    expect(namesOf(await list('Contacts?page=1&order=UpdatedDateUTC'))).toEqual(['10', '11', '09 again']);
  });

  behaves('defaultOrder', async () => {
    const { books, list } = await openReader();
    addGuests(books, 40);
    for (const path of ['Contacts', 'Contacts?page=1', 'Contacts?page=1&order=UpdatedDateUTC ASC']) {
      const ids = (await list(path)).Contacts.map(({ ContactID }) => ContactID);
      expect(ids).toEqual([...ids].sort());
    }
  });

  behaves('otherQueries', async () => {
    const { stage, token } = await openReader();
    for (const query of ['order=Name ASC', 'where=Name=="Ada"']) {
      const response = await stage.read(`Contacts?${query}`, token);
      expect([response.status, await response.json()]).toMatchObject([400, { Type: 'QueryParseException' }]);
    }
  });

  behaves('ids', async () => {
    const { books, list } = await openReader();
    addGuests(books, 10);
    const ids = (await list('Contacts')).Contacts.map(({ ContactID }) => ContactID).filter(
      (_, index) => index % 3 === 0,
    );
    const asked = [...ids, ...ids.slice(0, 1), '00000000-0000-0000-0000-000000000000'].reverse().join(',');
    expect((await list(`Contacts?IDs=${asked.toUpperCase()}`)).Contacts.map(({ ContactID }) => ContactID)).toEqual(ids);
  });

  behaves('archived', async () => {
    const { books, list } = await openReader();
    addGuests(books, 3);
    const gone = (await list('Contacts')).Contacts[1];
    books.remove('Contacts', gone?.ContactID ?? '');
    expect(namesOf(await list('Contacts?page=1&order=UpdatedDateUTC ASC'))).not.toContain(gone?.Name);
    const { Contacts, pagination } = await list('Contacts?page=1&includeArchived=true&order=UpdatedDateUTC ASC');
    expect(Contacts.at(-1)).toMatchObject({ Name: gone?.Name, ContactStatus: 'ARCHIVED' });
    expect(pagination?.itemCount).toBe(3);
  });

  behaves('accountsUnpaged', async () => {
    const { books, list } = await openReader();
    for (let count = 0; count < 101; count += 1)
      addAccount(books, { code: `${count}`, name: `Account ${count}`, type: 'EXPENSE' });
    const { Accounts, pagination } = await list('Accounts?page=2');
    expect([Accounts.length, pagination]).toEqual([101, undefined]);
  });
});

describe('If-Modified-Since', () => {
  const times = ['09:59:59.999', '10:00:00.000', '10:00:00.437', '10:00:00.999', '10:00:01.000'];
  /** With a contact that changed at each of the times. */
  const open = async (judgments: XeroOptions['judgments'] = {}) => {
    const reader = await openReader({ judgments });
    for (const time of times) addContact(reader.books, { name: time }, at(`2026-11-20T${time}Z`));
    return reader;
  };
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  behaves('since', async () => {
    const { list } = await open();
    vi.stubEnv('TZ', 'Pacific/Auckland');
    expect(new Date('2026-11-20T00:00:00').getTime()).not.toBe(Date.parse('2026-11-20T00:00:00Z'));
    for (const time of ['2026-11-20T10:00:01', '2026-11-20T10:00:01.900Z', '2026-11-20T12:00:01+02:00'])
      expect(namesOf(await list('Contacts?page=1', since(time)))).toEqual(['10:00:01.000']);
    expect(namesOf(await list('Contacts?page=1', since('Fri, 20 Nov 2026 10:00:01 GMT')))).toEqual(['10:00:01.000']);
  });

  behaves('sinceInclusive', async () => {
    const { list } = await open();
    const ordered = 'Contacts?page=1&order=UpdatedDateUTC ASC';
    expect(namesOf(await list(ordered, since('2026-11-20T10:00:00')))).toEqual(times.slice(1));
    const exclusive = await open({ sinceIncludesItsSecond: false });
    expect(namesOf(await exclusive.list(ordered, since('2026-11-20T10:00:00')))).toEqual(['10:00:01.000']);
  });

  behaves('sinceUnreadable', async () => {
    const { list } = await open();
    for (const wrong of ['yesterday', '20/11/2026', '2026-13-45T10:00:00'])
      expect((await list('Contacts', since(wrong))).Contacts).toHaveLength(times.length);
  });

  behaves('nothingNew', async () => {
    const { list } = await open();
    const { Contacts, pagination } = await list('Contacts?page=1', since('2026-11-20T10:00:02'));
    expect([Contacts, pagination?.itemCount]).toEqual([[], 0]);
    const empty = await openReader({ judgments: { nothingNew: 'not_modified' } });
    const response = await empty.stage.read('Contacts', empty.token, empty.books.id, since('2026-11-20T10:00:02'));
    expect([response.status, await response.text()]).toEqual([304, '']);
    expect(response.headers.get('x-minlimit-remaining')).toBe('59');
    expect((await empty.list('Contacts')).Contacts).toEqual([]);
  });
});
