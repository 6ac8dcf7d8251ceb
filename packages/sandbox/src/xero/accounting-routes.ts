import type { ContentFault } from '../kernel/faults.ts';
import type { Reply, RoutedRequest } from '../kernel/message.ts';
import type { Random } from '../kernel/random.ts';
import type { Route } from '../kernel/routes.ts';
import type { Clock } from '../kernel/timeline.ts';
import type { Access } from './access.ts';
import { badQuery, notFound } from './errors.ts';
import { answerList, seenUntil, withWrongCurrency } from './list.ts';
import { readListQuery } from './list-query.ts';
import type { Organisation } from './organisation.ts';
import { type ResourceName, resourceNames, resources } from './resources.ts';
import { toWireDate } from './wire-dates.ts';

/** Where the documents leave open what Xero does. */
export interface Judgments {
  /** What a list says when nothing has changed since If-Modified-Since. */
  readonly nothingNew: 'empty_list' | 'not_modified';
  /** Whether If-Modified-Since lets through what changed within the very second that it names. */
  readonly sinceIncludesItsSecond: boolean;
}

export interface AccountingParties {
  readonly providerName: string;
  readonly access: Access;
  readonly judgments: Judgments;
  readonly random: Random;
  readonly now: Clock;
}

const listFaults: readonly ContentFault[] = ['cursor_loop', 'shifting_page', 'stale', 'repeated_row'];
const contentFaultsOf: Record<ResourceName, readonly ContentFault[]> = {
  Contacts: listFaults,
  Accounts: ['stale', 'repeated_row'],
  Invoices: ['wrong_currency', ...listFaults],
  CreditNotes: ['wrong_currency', ...listFaults],
  Payments: ['wrong_currency', ...listFaults],
  BankTransactions: ['wrong_currency', ...listFaults],
};

/** `/api.xro/2.0/…`. */
export function accountingRoutes(parties: AccountingParties): Route[] {
  const lists = resourceNames.flatMap((resource): Route[] => [
    {
      method: 'GET',
      path: `/api.xro/2.0/${resource}`,
      contentFaults: contentFaultsOf[resource],
      handle: (request) => answerRows(parties, request, resource),
    },
    {
      method: 'GET',
      path: `/api.xro/2.0/${resource}/:id`,
      contentFaults: contentFaultsOf[resource].filter((fault) => fault === 'wrong_currency' || fault === 'stale'),
      handle: (request) => answerRow(parties, request, resource),
    },
  ]);
  const organisation: Route = {
    method: 'GET',
    path: '/api.xro/2.0/Organisation',
    handle: (request) => answerOrganisation(parties, request),
  };
  return [...lists, organisation];
}

function answerRows(parties: AccountingParties, request: RoutedRequest, resource: ResourceName): Reply {
  const entered = parties.access.byTenant(request, resources[resource].scopes);
  if ('refusal' in entered) return entered.refusal;
  const query = readListQuery(request, parties.judgments);
  if ('wrong' in query) return badQuery(query.wrong);
  const asked = resources[resource].isPaged ? query : { ...query, page: null };
  const list = answerList(entered.organisation, resource, asked, request.contentFault);
  const isNothingNew = query.sinceMs !== null && list.itemCount === 0;
  if (isNothingNew && parties.judgments.nothingNew === 'not_modified') return { status: 304, body: null };
  const pagination = list.pagination === null ? {} : { pagination: list.pagination };
  return { status: 200, body: envelope(parties, { ...pagination, [resource]: list.rows }) };
}

function answerRow(parties: AccountingParties, request: RoutedRequest, resource: ResourceName): Reply {
  const entered = parties.access.byTenant(request, resources[resource].scopes);
  if ('refusal' in entered) return entered.refusal;
  const { organisation } = entered;
  const row = organisation.rows(resource).get(request.params.id?.toLowerCase() ?? '');
  if (row === undefined || row.updatedMs > seenUntil(organisation, request.contentFault)) return notFound;
  const answered = organisation.toWire(resource, row, true);
  const isWrong = request.contentFault?.kind === 'wrong_currency';
  return { status: 200, body: envelope(parties, { [resource]: [isWrong ? withWrongCurrency(answered) : answered] }) };
}

function answerOrganisation(parties: AccountingParties, request: RoutedRequest): Reply {
  const entered = parties.access.byTenant(request, ['accounting.settings']);
  if ('refusal' in entered) return entered.refusal;
  return { status: 200, body: envelope(parties, { Organisations: [organisationOnWire(entered.organisation)] }) };
}

function organisationOnWire({ id, name, baseCurrency, countryCode }: Organisation): object {
  return {
    OrganisationID: id,
    Name: name,
    LegalName: name,
    PaysTax: true,
    Version: countryCode,
    OrganisationType: 'COMPANY',
    BaseCurrency: baseCurrency,
    CountryCode: countryCode,
    IsDemoCompany: false,
    OrganisationStatus: 'ACTIVE',
    FinancialYearEndDay: 31,
    FinancialYearEndMonth: 3,
    Timezone: 'NEWZEALANDSTANDARDTIME',
    Edition: 'BUSINESS',
    Class: 'PREMIUM',
    Addresses: [],
    Phones: [],
    ExternalLinks: [],
    PaymentTerms: {},
  };
}

function envelope({ providerName, random, now }: AccountingParties, content: object): object {
  return {
    Id: random.uuid(),
    Status: 'OK',
    ProviderName: providerName,
    DateTimeUTC: toWireDate(now().getTime()).replace('+0000', ''),
    ...content,
  };
}
