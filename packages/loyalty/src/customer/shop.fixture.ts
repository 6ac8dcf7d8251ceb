import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import { type Discrepancy, reconcile } from '@tributary/ledger/reconcile';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import type * as z from 'zod';
import { Business, type Config } from '../rule/business.fixture.ts';
import { applyFacts } from '../transaction/apply-facts.ts';
import { payment, refund } from '../transaction/facts.fixture.ts';
import type { CustomerDetail } from './customer-detail.ts';
import { findCustomer, type findCustomerInput } from './find-customer.ts';
import { getCustomer } from './get-customer.ts';
import { mergeCustomers } from './merge-customers.ts';
import { registerCustomer, type registerCustomerInput } from './register-customer.ts';

/** When everything in these tests happens, unless they say otherwise. */
export const noon = new Date('2026-06-01T12:00:00Z');
export const daysLater = (days: number) => new Date(noon.getTime() + days * 86_400_000);

/** An organization with customers, and what its till and its worker do. */
export class Shop extends Business {
  /** A sale of $50 that is completed, unless it says otherwise. */
  payment(externalId: string, change: Partial<PaymentFact> = {}): PaymentFact {
    return payment({ externalId, customer: null, takenAt: noon, version: noon, ...change });
  }

  refund(paymentExternalId: string, amountMinor: number): RefundFact {
    return refund({ externalId: `refund of ${paymentExternalId}`, paymentExternalId, amountMinor, version: noon });
  }

  apply(...facts: (PaymentFact | RefundFact)[]): Promise<number> {
    return this.run((tx) => applyFacts(tx, facts, noon), 'worker');
  }

  /** A sale of $50 to whom the provider calls so. */
  sell(externalId: string, customer: string, change: Partial<PaymentFact> = {}): Promise<number> {
    return this.apply(this.payment(externalId, { customer: { externalId: customer }, ...change }));
  }

  register(names: z.input<typeof registerCustomerInput>): Promise<CustomerDetail> {
    return this.run((tx) => registerCustomer({ tx, now: noon }, names));
  }

  find(name: z.input<typeof findCustomerInput>): Promise<CustomerDetail> {
    return findCustomer(this.context, name);
  }

  /** The customer whom Square calls so. */
  bySquare(value: string): Promise<CustomerDetail> {
    return this.find({ external: { provider: 'square', value } });
  }

  show(customerId: string): Promise<CustomerDetail> {
    return getCustomer(this.context, { customerId });
  }

  merge(from: CustomerDetail, into: CustomerDetail, now = noon): Promise<CustomerDetail> {
    const request = { from: from.id, into: into.id, reason: 'the same person' };
    return this.run((tx) => mergeCustomers({ tx, actor: 'owner', now }, request));
  }

  faults(): Promise<Discrepancy[]> {
    return this.run((tx) => reconcile(tx, noon));
  }
}

/** A shop under a rule of one point per dollar. */
export async function openShop(database: TestDatabase, config: Config = {}): Promise<Shop> {
  const shop = new Shop(database, await createOrganization(database));
  await shop.addRule(config);
  return shop;
}

/** The code of what a promise is refused with, and the fields it names. */
export const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'accepted',
    (error) => [error.code ?? error, ...(error.issues ?? []).map(({ path }: { path: string }) => path)],
  );
