import { describe, expect, it } from 'vitest';
import { factsOf } from '../walk/walk.fixture.ts';
import { answering, fill, openBooks, tenantId, walkList } from './books.fixture.ts';
import { explode } from './explode.ts';
import { resolve } from './resolve.ts';

describe('an event of Xero', () => {
  const eventAbout = (eventCategory: string, resourceId: string) => {
    const said = { eventCategory, resourceId, eventType: 'Update', tenantId, eventDateUtc: '2026-11-21T12:00:00.250' };
    const body = { events: [said], firstEventSequence: 1, lastEventSequence: 1, entropy: 'x' };
    const [event] = explode(Buffer.from(JSON.stringify(body)));
    if (event === undefined) throw new Error('no event');
    return event;
  };

  it.each([
    ['CONTACT', 'Contacts', 'contactId'],
    ['INVOICE', 'Invoices', 'invoiceId'],
    ['CREDITNOTE', 'CreditNotes', 'creditNoteId'],
  ] as const)('brings the same object as the list: %s', async (category, resource, name) => {
    const books = await openBooks();
    const id = fill(books)[name];
    expect(await resolve(eventAbout(category, id), books.call)).toEqual(factsOf(await walkList(books, resource)));
  });

  it('of what we do not read says nothing, and asks nothing', async () => {
    const { call } = await openBooks();
    expect(await resolve(eventAbout('PREPAYMENT', tenantId), call)).toEqual([]);
    expect(call.asked).toEqual([]);
  });

  it('about what does not exist fails for good', async () => {
    const { call } = await openBooks();
    await expect(resolve(eventAbout('INVOICE', tenantId), call)).rejects.toMatchObject({
      reason: 'provider_not_found',
    });
  });

  it('is tried again when Xero cannot answer, or answers with another object', async () => {
    const books = await openBooks();
    const { invoiceId } = fill(books);
    books.xero.faults.plan({ fault: 'bad_gateway' });
    const event = eventAbout('INVOICE', invoiceId);
    await expect(resolve(event, books.call)).rejects.toMatchObject({ kind: 'unavailable' });
    const other = { InvoiceID: tenantId, UpdatedDateUTC: '/Date(1551484292734+0000)/' };
    await expect(resolve(event, answering({ Invoices: [other] }))).rejects.toMatchObject({ kind: 'invalid_response' });
    await expect(resolve(event, answering({ Invoices: [] }))).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('is refused where the organisation was disconnected', async () => {
    const books = await openBooks();
    const { invoiceId } = fill(books);
    books.xero.disconnect(tenantId);
    await expect(resolve(eventAbout('INVOICE', invoiceId), books.call)).rejects.toMatchObject({ kind: 'unauthorized' });
  });
});
