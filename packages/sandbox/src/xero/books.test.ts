import { describe, expect, it } from 'vitest';
import { deletePayment, payInvoice, raiseCreditNote, raiseInvoice, recordBankTransaction } from './books.ts';
import { addGuests, type ListAnswer, line, openBooks, openReader, since } from './reader.fixture.ts';
import type { ResourceName } from './resources.ts';
import { behaves, startedAt } from './xero.fixture.ts';

describe('books', () => {
  behaves('single', async () => {
    const { books, list } = await openReader();
    const { contactId, accountId } = openBooks(books);
    const ids: [ResourceName, string][] = [
      ['Contacts', contactId],
      ['Accounts', accountId],
      ['Invoices', raiseInvoice(books, { contactId, lines: [line], side: 'purchase' })],
      ['CreditNotes', raiseCreditNote(books, { contactId, lines: [line] })],
      ['BankTransactions', recordBankTransaction(books, { contactId, accountId, lines: [line], currency: 'AUD' })],
    ];
    ids.push(['Payments', payInvoice(books, { invoiceId: ids[2]?.[1] ?? '', accountId })]);
    for (const [resource, id] of ids) {
      const answer = await list(`${resource}/${id}`);
      expect(answer[resource]).toEqual([JSON.parse(JSON.stringify(books.read(resource, id)))]);
    }
    expect((await list(`Invoices/${ids[2]?.[1].toUpperCase()}`)).Invoices[0]).toMatchObject({
      Type: 'ACCPAY',
      LineItems: [{ Description: 'Beans' }],
    });
  });

  behaves('notFound', async () => {
    const { stage, books, token } = await openReader();
    const { contactId } = openBooks(books);
    expect((await stage.read('Contacts/00000000-0000-0000-0000-000000000000', token)).status).toBe(404);
    expect((await stage.read(`Invoices/${contactId}`, token)).status).toBe(404);
    expect((await stage.read('Journals', token)).status).toBe(404);
    expect((await stage.ask('/api.xro/2.0/Contacts', { method: 'PUT' })).status).toBe(405);
  });

  behaves('removal', async () => {
    const { stage, books, list } = await openReader();
    const { contactId, accountId } = openBooks(books);
    const draft = raiseInvoice(books, { contactId, lines: [line], status: 'DRAFT' });
    const approved = raiseInvoice(books, { contactId, lines: [line] });
    const rows: [ResourceName, string, string][] = [
      ['Invoices', draft, 'DELETED'],
      ['Invoices', approved, 'VOIDED'],
      ['CreditNotes', raiseCreditNote(books, { contactId, lines: [line] }), 'VOIDED'],
      ['BankTransactions', recordBankTransaction(books, { contactId, accountId, lines: [line] }), 'DELETED'],
      ['Accounts', accountId, 'ARCHIVED'],
    ];
    await stage.clock.advance(5000);
    for (const [resource, id] of rows) books.remove(resource, id);
    for (const [resource, id, status] of rows) {
      const found = (await list(resource, since('2026-11-21T12:00:05')))[resource] as { Status: string }[];
      expect(found).toContainEqual(expect.objectContaining({ Status: status }));
      expect(() => books.remove(resource, id)).toThrow('cannot be removed');
    }
  });

  behaves('payment', async () => {
    const { stage, books, list } = await openReader();
    const { contactId, accountId } = openBooks(books);
    const invoiceId = raiseInvoice(books, { contactId, lines: [line] });
    const pay = (amount?: number) =>
      payInvoice(books, { invoiceId, accountId, ...(amount !== undefined && { amount }) });
    const invoice = async () => (await list(`Invoices/${invoiceId}`)).Invoices[0];
    pay(4.05);
    expect(await invoice()).toMatchObject({ Status: 'AUTHORISED', AmountPaid: 4.05, AmountDue: 10.1 });
    await stage.clock.advance(1000);
    const rest = pay();
    const updated = `/Date(${startedAt.getTime() + 1000}+0000)/`;
    expect(await invoice()).toMatchObject({ Status: 'PAID', AmountPaid: 14.15, AmountDue: 0, UpdatedDateUTC: updated });
    expect(await invoice()).toHaveProperty('FullyPaidOnDate');
    expect(() => pay(0.01)).toThrow('does not take');
    expect(() => books.remove('Invoices', invoiceId)).toThrow('PAID');
    deletePayment(books, rest);
    expect(await invoice()).toMatchObject({ Status: 'AUTHORISED', AmountPaid: 4.05, AmountDue: 10.1 });
    expect(await invoice()).not.toHaveProperty('FullyPaidOnDate');
    expect((await list(`Payments/${rest}`)).Payments[0]).toMatchObject({ Status: 'DELETED', Amount: 10.1 });
  });

  behaves('organisation', async () => {
    const organisations = [{ name: 'Fjord Kaffe', baseCurrency: 'SEK', countryCode: 'SE' }];
    const { stage, books, token } = await openReader({ organisations });
    const response = await stage.read('Organisation', token, books.id);
    expect(await response.json()).toMatchObject({
      Organisations: [{ OrganisationID: books.id, Name: 'Fjord Kaffe', BaseCurrency: 'SEK', CountryCode: 'SE' }],
    });
  });

  it('of one organisation are not seen in the other', async () => {
    const { stage, books, token } = await openReader();
    addGuests(books, 3);
    const other = await stage.read('Contacts', token, stage.xero.organisations[1]?.id);
    expect(((await other.json()) as ListAnswer).Contacts).toEqual([]);
  });
});
