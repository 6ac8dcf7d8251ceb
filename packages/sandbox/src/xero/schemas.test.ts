import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { behaviours } from './behaviours.ts';
import { answerSchemas, connectionsSchema, tokenErrorSchema, webhookSchema } from './schemas.ts';

const samples: Record<string, z.ZodType> = {
  'api.Accounts.json': answerSchemas.Accounts,
  'api.BankTransactions.json': answerSchemas.BankTransactions,
  'api.Contacts.json': answerSchemas.Contacts,
  'api.CreditNotes.json': answerSchemas.CreditNotes,
  'api.Invoices.json': answerSchemas.Invoices,
  'api.Organisation.json': answerSchemas.Organisations,
  'api.Payments.json': answerSchemas.Payments,
  'api.connections.json': connectionsSchema,
  'oauth.invalid_grant.json': tokenErrorSchema,
  'webhook.contact.update.json': webhookSchema,
  'webhook.creditnote.create.json': webhookSchema,
  'webhook.intent-to-receive.json': webhookSchema,
  'webhook.invoice.docs-variant.json': webhookSchema,
};
const here = new URL('.', import.meta.url);
const parseSample = (name: string) => JSON.parse(readFileSync(new URL(`samples/${name}`, here), 'utf8'));

describe('the schemas', () => {
  it.each(Object.entries(samples))('fit the official %s', (name, schema) => {
    expect(schema.safeParse(parseSample(name)).error?.issues ?? []).toEqual([]);
  });

  it.each(Object.entries(samples))('are not indifferent: %s without one of its required fields', (name, schema) => {
    const sample = parseSample(name);
    const [list] = Object.values(sample).filter((part) => Array.isArray(part) && part.length > 0) as object[][];
    const target = Array.isArray(sample) ? sample[0] : (list?.[0] ?? sample);
    for (const field of Object.keys(target)) Reflect.deleteProperty(target, field);
    expect(schema.safeParse(sample).success).toBe(false);
  });

  it('know every sample', () => {
    const files = readdirSync(new URL('samples', here)).filter((file) => /^(api|oauth|webhook)/.test(file));
    expect(files.filter((file) => file !== 'webhook.signatures.json').sort()).toEqual(Object.keys(samples).sort());
  });
});

it('every behaviour has a test of its name', () => {
  const tests = readdirSync(here).filter((file) => file.endsWith('.test.ts'));
  const text = tests.map((file) => readFileSync(new URL(file, here), 'utf8')).join('\n');
  const untested = Object.keys(behaviours).filter((name) => !new RegExp(`behaves\\(\\s*'${name}'`).test(text));
  expect(untested).toEqual([]);
});
