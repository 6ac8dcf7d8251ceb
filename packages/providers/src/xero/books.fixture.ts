import type { Fact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import { createVirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import {
  addAccount,
  addContact,
  payInvoice,
  raiseCreditNote,
  raiseInvoice,
  recordBankTransaction,
} from '@tributary/sandbox/xero/books';
import { createXeroSimulator, type XeroOptions } from '@tributary/sandbox/xero/simulator';
import { createCall, walk } from '../walk/walk.fixture.ts';
import { addressOf } from './address.ts';
import { createXeroSource } from './source.ts';

export const start = new Date('2026-11-21T12:00:00.250Z');
export const tenantId = '00000000-0000-4000-8000-000000000001';
const apiUrl = 'https://api.xero.com';
const scope = ['contacts', 'invoices', 'payments', 'banktransactions', 'settings'].map(
  (name) => `accounting.${name}.read`,
);

/** The books of an organisation at the simulator, and our way to ask about them. */
export async function openBooks(options: Partial<XeroOptions> = {}) {
  const clock = createVirtualClock(start);
  const xero = createXeroSimulator({ organisations: [{ id: tenantId, name: 'Zoo' }], timeline: clock, ...options });
  const accessToken = await authorize(xero);
  const organisation = xero.organisations[0] ?? xero.organisation(tenantId);
  const call = createCall(addressOf({ apiUrl, accountRef: organisation.id, accessToken }), xero.fetch);
  /** Sixty a minute: one a second never asks for too much. */
  const slowly: ProviderCall = async (request, schema) => {
    await clock.advance(1000);
    return call(request, schema);
  };
  return { clock, xero, organisation, accessToken, call: Object.assign(slowly, { asked: call.asked }) };
}
export type Books = Awaited<ReturnType<typeof openBooks>>;

async function authorize({ app, fetch }: ReturnType<typeof createXeroSimulator>): Promise<string> {
  const redirect_uri = app.redirectUris[0] ?? '';
  const asked = { response_type: 'code', client_id: app.clientId, redirect_uri, scope: scope.join(' '), state: 's' };
  const back = await fetch(`https://login.xero.com/identity/connect/authorize?${new URLSearchParams(asked)}`);
  const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const answer = await fetch('https://identity.xero.com/connect/token', {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

export const fill = ({ organisation }: Books) => {
  const contactId = addContact(organisation, { name: 'Ada' });
  const accountId = addAccount(organisation, { code: '090', name: 'Bank', type: 'BANK' });
  const lines = [{ description: 'Tea', unitAmount: 19.99, quantity: 3, taxAmount: 9 }];
  const invoiceId = raiseInvoice(organisation, { contactId, lines });
  const creditNoteId = raiseCreditNote(organisation, { contactId, lines });
  const paymentId = payInvoice(organisation, { invoiceId, accountId });
  const bankTransactionId = recordBankTransaction(organisation, { contactId, lines, accountId });
  return { contactId, accountId, invoiceId, creditNoteId, paymentId, bankTransactionId };
};

export const idsOf = (organisation: Books['organisation'], resource: 'Invoices' | 'Contacts') =>
  organisation
    .rows(resource)
    .all.byId.all()
    .map(({ id }) => id);

export const walkList = ({ call }: Books, resource: string, pageSize = 100, from = start) =>
  walk({ source: createXeroSource({ pageSize }), call, stream: { resource, locationRef: '' }, from });

/** Answers every request with that. */
export const answering = (body: unknown, status = 200) =>
  createCall(
    { url: apiUrl, headers: {} },
    async () => new Response(status === 304 ? null : JSON.stringify(body), { status }),
  );

/** By id, the last version. */
export const lastVersions = (facts: readonly Fact[]) =>
  new Map(facts.flatMap((fact) => (fact.kind === 'object' ? [[fact.externalId, fact.version.getTime()]] : [])));
