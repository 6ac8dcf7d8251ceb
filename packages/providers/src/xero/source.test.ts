import { readFileSync } from 'node:fs';
import type { ProviderCall } from '@tributary/core/provider-call';
import {
  addAccount,
  addContact,
  deletePayment,
  raiseInvoice,
  recordBankTransaction,
} from '@tributary/sandbox/xero/books';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../walk/walk.fixture.ts';
import { answering, fill, idsOf, lastVersions, openBooks, start, tenantId, walkList } from './books.fixture.ts';
import { createXeroSource } from './source.ts';

const readPage = (call: ProviderCall, resource: string) =>
  createXeroSource().page(call, { resource, locationRef: '' }, { from: start.toISOString(), place: null });
const resources = ['Contacts', 'Invoices', 'CreditNotes', 'Payments', 'BankTransactions', 'Accounts'];

describe('the lists of an organisation', () => {
  it('are those of the books, and asking for them asks nothing', async () => {
    const { call } = await openBooks();
    expect((await createXeroSource().streams(call)).map(({ resource }) => resource)).toEqual(resources);
    expect(call.asked).toEqual([]);
  });

  it.each(['Journals', 'constructor'])('are no other: %s', async (resource) => {
    await expect(readPage(answering({}), resource)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it.each(resources)('bring each object as it is: %s', async (resource) => {
    const books = await openBooks();
    fill(books);
    const facts = factsOf(await walkList(books, resource));
    const ids = idsOf(books.organisation, resource as 'Invoices');
    const objects = ids.map((id) => JSON.parse(JSON.stringify(books.organisation.read(resource as 'Invoices', id))));
    expect(facts).toMatchObject(
      objects.map((body) => ({ kind: 'object', provider: 'xero', resource, removed: false, body })),
    );
    expect(lastVersions(facts)).toEqual(new Map(ids.map((id) => [id, start.getTime()])));
  });

  it.each(resources.filter((resource) => resource !== 'Accounts'))('fit the sample of %s', async (resource) => {
    const sample = JSON.parse(
      readFileSync(new URL(`../../test/payloads/xero/api.${resource}.json`, import.meta.url), 'utf8'),
    );
    const objects: { UpdatedDateUTC: string }[] = sample[resource];
    const timeOf = ({ UpdatedDateUTC: text }: { UpdatedDateUTC: string }) => Number(/\d+/.exec(text)?.[0]);
    objects.sort((one, other) => timeOf(one) - timeOf(other));
    const { facts } = await readPage(answering(sample), resource);
    expect(facts.map((fact) => fact.kind === 'object' && fact.body)).toEqual(objects);
    expect(facts.map((fact) => fact.kind === 'object' && fact.version.getTime())).toEqual(objects.map(timeOf));
  });

  it('refuse accounts that do not say when they changed', async () => {
    const sample = JSON.parse(
      readFileSync(new URL('../../test/payloads/xero/api.Accounts.json', import.meta.url), 'utf8'),
    );
    await expect(readPage(answering(sample), 'Accounts')).rejects.toMatchObject({
      kind: 'invalid_response',
      message: expect.stringContaining('Accounts.0.UpdatedDateUTC'),
    });
  });
});

describe('a page', () => {
  it('is asked for by whole seconds, one early, oldest change first', async () => {
    const { call } = await openBooks();
    await readPage(call, 'Contacts');
    await readPage(call, 'Accounts');
    const headers = { 'If-Modified-Since': '2026-11-21T11:59:59' };
    expect(call.asked).toEqual([
      {
        path: 'api.xro/2.0/Contacts',
        query: { includeArchived: 'true', order: 'UpdatedDateUTC ASC', page: '1', pageSize: '100' },
        headers,
      },
      { path: 'api.xro/2.0/Accounts', query: {}, headers },
    ]);
  });

  it('is empty when nothing has changed since, said either way', async () => {
    for (const nothingNew of ['empty_list', 'not_modified'] as const) {
      const { call } = await openBooks({ judgments: { nothingNew } });
      expect(await readPage(call, 'Invoices')).toEqual({ objects: [], facts: [], place: null });
    }
  });

  const invoice = { InvoiceID: tenantId, Status: 'PAID', UpdatedDateUTC: '/Date(1551484292734+0000)/' };
  it.each([
    ['/Date(1551484292734+0000)/', '2019-03-01T23:51:32.734Z'],
    ['/Date(1551484292734+1300)/', '2019-03-01T23:51:32.734Z'],
    ['/Date(1551484292734)/', '2019-03-01T23:51:32.734Z'],
    ['2019-03-01T23:51:32', '2019-03-01T23:51:32.000Z'],
    ['2019-03-01T23:51:32.734Z', '2019-03-01T23:51:32.734Z'],
  ])('reads the time %s', async (UpdatedDateUTC, time) => {
    const { facts } = await readPage(answering({ Invoices: [{ ...invoice, UpdatedDateUTC }] }), 'Invoices');
    expect(facts).toMatchObject([{ version: new Date(time) }]);
  });

  it.each([
    ['an object without an id', { InvoiceID: undefined }],
    ['an id that is none', { InvoiceID: '../x' }],
    ['no time', { UpdatedDateUTC: undefined }],
    ['a time that is none', { UpdatedDateUTC: '/Date(soon)/' }],
    ['a time beyond all days', { UpdatedDateUTC: '/Date(9999999999999999)/' }],
  ])('is refused whole for %s', async (_name, change) => {
    const call = answering({ Invoices: [invoice, { ...invoice, ...change }] });
    await expect(readPage(call, 'Invoices')).rejects.toMatchObject({
      kind: 'invalid_response',
      message: expect.stringContaining('Invoices.1.'),
    });
  });

  it('is refused when it is another list', async () => {
    await expect(readPage(answering({ Contacts: [] }), 'Invoices')).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('is refused when it runs back in time', async () => {
    const earlier = { ...invoice, UpdatedDateUTC: '/Date(1551484292733+0000)/' };
    const call = answering({ Invoices: [invoice, earlier] });
    await expect(readPage(call, 'Invoices')).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('keeps numbers as they were', async () => {
    const { facts } = await readPage(
      answering({ Invoices: [{ ...invoice, Total: 0.1, AmountDue: 1e21 }] }),
      'Invoices',
    );
    expect(facts).toMatchObject([{ body: { Total: 0.1, AmountDue: 1e21 } }]);
  });
});

it('sorts accounts, which come in any order and all at once', async () => {
  const account = (id: number, second: number) => ({
    AccountID: `00000000-0000-4000-8000-00000000000${id}`,
    UpdatedDateUTC: `/Date(${second * 1000}+0000)/`,
  });
  const { objects } = await readPage(
    answering({ Accounts: [account(1, 3), account(2, 1), account(3, 2)] }),
    'Accounts',
  );
  expect(objects.map(({ version }) => version.getTime() / 1000)).toEqual([1, 2, 3]);
});

describe('what was removed', () => {
  it.each([
    ['an invoice voided', 'Invoices', 'VOIDED'],
    ['a contact archived', 'Contacts', 'ARCHIVED'],
    ['an account archived', 'Accounts', 'ARCHIVED'],
    ['a bank transaction deleted', 'BankTransactions', 'DELETED'],
  ] as const)('is listed as such: %s', async (_name, resource, status) => {
    const books = await openBooks();
    const contactId = addContact(books.organisation, { name: 'Ada' });
    const accountId = addAccount(books.organisation, { code: '090', name: 'Bank', type: 'BANK' });
    const lines = [{ description: 'Tea', unitAmount: 1 }];
    const id = {
      Contacts: contactId,
      Accounts: accountId,
      Invoices: raiseInvoice(books.organisation, { contactId, lines }),
      BankTransactions: recordBankTransaction(books.organisation, { contactId, lines, accountId }),
    }[resource];
    books.organisation.remove(resource, id);
    const statusField = resource === 'Contacts' ? 'ContactStatus' : 'Status';
    expect(factsOf(await walkList(books, resource))).toMatchObject([
      { externalId: id, removed: true, body: { [statusField]: status } },
    ]);
  });

  it('is a payment that was taken back, and its invoice is not', async () => {
    const books = await openBooks();
    const { paymentId } = fill(books);
    deletePayment(books.organisation, paymentId);
    expect(factsOf(await walkList(books, 'Payments'))).toMatchObject([{ externalId: paymentId, removed: true }]);
    expect(factsOf(await walkList(books, 'Invoices'))).toMatchObject([{ removed: false }]);
  });
});
