import { describe, expect } from 'vitest';
import type { FaultKind } from '../kernel/faults.ts';
import { addContact, payInvoice, raiseInvoice } from './books.ts';
import { addGuests, at, line, namesOf, openBooks, openReader } from './reader.fixture.ts';
import { behaves } from './xero.fixture.ts';

describe('a planned fault', () => {
  const open = async () => {
    const reader = await openReader();
    const { faults } = reader.stage.xero;
    const path = 'Contacts?order=UpdatedDateUTC ASC&pageSize=10';
    return {
      ...reader,
      plan: (fault: FaultKind, more: object = {}) =>
        faults.plan({ fault, ...more } as Parameters<typeof faults.plan>[0]),
      walk: async (pages: number) => {
        const names = [];
        for (let page = 1; page <= pages; page += 1) names.push(...namesOf(await reader.list(`${path}&page=${page}`)));
        return names;
      },
    };
  };

  behaves('stale', async () => {
    const { stage, books, token, list, plan } = await open();
    addGuests(books, 1, '2026-11-21T11:59:49Z');
    const late = addContact(books, { name: 'Late' }, at('2026-11-21T11:59:51Z'));
    plan('stale', { times: 2 });
    expect(namesOf(await list('Contacts?page=1'))).toEqual(['Guest 0']);
    expect((await stage.read(`Contacts/${late}`, token)).status).toBe(404);
    expect(namesOf(await list('Contacts?page=1&order=UpdatedDateUTC ASC'))).toEqual(['Guest 0', 'Late']);
  });

  behaves('shiftingPage', async () => {
    const { books, walk, plan } = await open();
    addGuests(books, 30);
    plan('shifting_page');
    const names = await walk(3);
    expect([names.length, new Set(names).size]).toEqual([30, 27]);
  });

  behaves('repeatedRow', async () => {
    const { books, list, plan } = await open();
    addGuests(books, 10);
    plan('repeated_row');
    const names = namesOf(await list('Contacts?page=1'));
    expect([names.length, new Set(names).size]).toEqual([11, 10]);
  });

  behaves('cursorLoop', async () => {
    const { books, list, walk, plan } = await open();
    addGuests(books, 20);
    const honest = await walk(2);
    plan('cursor_loop', { on: ({ query }: { query: URLSearchParams }) => query.get('page') === '3' });
    const looping = await list('Contacts?order=UpdatedDateUTC ASC&pageSize=10&page=3');
    expect(namesOf(looping)).toEqual(honest.slice(10));
    expect(looping.pagination).toMatchObject({ page: 3, pageCount: 4 });
  });

  behaves('wrongCurrency', async () => {
    const { books, list, plan } = await open();
    const { contactId, accountId } = openBooks(books);
    const invoiceId = raiseInvoice(books, { contactId, lines: [line] });
    payInvoice(books, { invoiceId, accountId });
    plan('wrong_currency', { times: 3 });
    expect((await list('Contacts?page=1')).Contacts).toHaveLength(1);
    expect((await list('Invoices?page=1')).Invoices[0]?.CurrencyCode).toBe('SEK');
    expect((await list(`Invoices/${invoiceId}`)).Invoices[0]?.CurrencyCode).toBe('SEK');
    expect((await list('Payments?page=1')).Payments[0]?.Invoice.CurrencyCode).toBe('SEK');
    expect((await list('Payments?page=1')).Payments[0]?.Invoice.CurrencyCode).toBe('NZD');
  });
});
