import { expect } from 'vitest';
import { addAccount, addContact } from './books.ts';
import type { Organisation } from './organisation.ts';
import type { ResourceName, RowOf } from './resources.ts';
import type { XeroOptions } from './simulator.ts';
import { type Stage, setStage } from './xero.fixture.ts';

export type ListAnswer = { [Name in ResourceName]: RowOf[Name][] } & {
  pagination?: { page: number; pageSize: number; pageCount: number; itemCount: number };
};

/** A stage with a token, and the books of its first organisation. */
export interface Reader {
  readonly stage: Stage;
  readonly books: Organisation;
  readonly token: string;
  /** Reads what must be answered with 200. */
  list(path: string, headers?: Record<string, string>): Promise<ListAnswer>;
}

export async function openReader(options: Partial<XeroOptions> = {}): Promise<Reader> {
  const stage = setStage(options);
  const books = stage.xero.organisations[0] as Organisation;
  const token = (await stage.connect()).access_token;
  return {
    stage,
    books,
    token,
    list: async (path, headers = {}) => {
      const response = await stage.read(path, token, books.id, headers);
      expect(response.status).toBe(200);
      return (await response.json()) as ListAnswer;
    },
  };
}

export const line = { description: 'Beans', quantity: 3, unitAmount: 4.1, taxAmount: 1.85, accountCode: '200' };
export const at = (time: string) => ({ updatedAt: new Date(time) });
export const since = (time: string) => ({ 'if-modified-since': time });
export const namesOf = ({ Contacts }: ListAnswer) => Contacts.map(({ Name }) => Name);

export function addGuests(books: Organisation, count: number, time = '2026-11-20T10:00:00Z'): void {
  for (let index = 0; index < count; index += 1) addContact(books, { name: `Guest ${index}` }, at(time));
}

export function openBooks(books: Organisation): { contactId: string; accountId: string } {
  const contactId = addContact(books, { name: 'Ada', emailAddress: 'ada@example.com' });
  const accountId = addAccount(books, { code: '090', name: 'Till', type: 'BANK' });
  return { contactId, accountId };
}
