import { setTimeout as delay } from 'node:timers/promises';
import type { Attempt } from '@tributary/sandbox/kernel/webhook-sender';
import { addContact } from '@tributary/sandbox/xero/books';
import type { Place } from '../simulators.ts';
import type { ApiClient } from './api-client.ts';
import { type Connection, lastPull } from './connect.ts';
import { shop } from './merchants.ts';

const betweenLooksMs = 20;
const patienceMs = 10_000;

/** What happens at the providers now: they tell of it, or a webhook is lost. @returns the status of each webhook. */
export async function sellAtTills(
  { stack, simulators: { square, clover, xero } }: Place,
  client: ApiClient,
  connected: { square: Connection },
  log: (line: string) => void,
): Promise<number[]> {
  const cake = { id: 'LINE', name: 'Cake', price: 600 };
  const hinted = await answersTo(clover.webhooks.attempts, 1, () =>
    clover.takePayment(shop.clover, { amount: 600, customers: [{ id: 'CLOVER-CARLA' }], lineItems: [cake] }),
  );
  log(`${hinted.join(' ')} Clover hints at $6.00 of Carla's; we ask for it`);
  // Approved, then completed.
  const told = await answersTo(square.attempts, 2, () =>
    square.merchant(shop.square).takePayment({ amountMinor: 800, customerId: 'SQUARE-ANNA' }),
  );
  log(`${told.join(' ')} Square tells of $8.00 of Anna's, approved and then completed`);
  const noted = await answersTo(xero.webhooks.attempts, 1, () =>
    addContact(xero.organisation(shop.xero), { name: 'Emil' }),
  );
  log(`${noted.join(' ')} Xero tells that a contact was added; we ask for it`);
  await stack.drained();

  square.faults.plan({ fault: 'drop', times: 2 });
  square.merchant(shop.square).takePayment({ amountMinor: 1200, customerId: 'SQUARE-ANNA' });
  await client.post(`/connections/${connected.square.id}/runs`, {});
  await stack.drained();
  const { changed } = await lastPull(client, connected.square, 'operator');
  log(`Square's webhooks of $12.00 of Anna's are lost; the next sync brings ${changed} sale`);
  return [...hinted, ...told, ...noted];
}

/** How the next webhooks of a provider are answered. @throws when they do not come */
async function answersTo(attempts: () => readonly Attempt[], count: number, sell: () => unknown): Promise<number[]> {
  const before = attempts().length;
  const deadline = Date.now() + patienceMs;
  sell();
  while (attempts().length < before + count) {
    if (Date.now() > deadline) throw new Error('A webhook did not come.');
    await delay(betweenLooksMs);
  }
  return attempts()
    .slice(before)
    .map(({ status }) => status ?? 0);
}
