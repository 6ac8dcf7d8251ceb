import { randomUUID } from 'node:crypto';
import { startNetworks } from '@tributary/sandbox/affiliate/networks';
import type { CloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { startCloverSandbox } from '@tributary/sandbox/clover/start-clover';
import { startEcbSandbox } from '@tributary/sandbox/ecb/ecb-simulator';
import { startSquareSandbox } from '@tributary/sandbox/square/start';
import { addAccount, addContact, payInvoice, raiseInvoice } from '@tributary/sandbox/xero/books';
import type { Organisation } from '@tributary/sandbox/xero/organisation';
import { startXeroSandbox, type XeroSandbox } from '@tributary/sandbox/xero/start';
import { cloverAccount, cloverApp, newcomer, shop } from './demo/merchants.ts';
import type { Shutdown } from './shutdown.ts';
import { startStack } from './stack.ts';
import type { Stack, StackOptions, StageValues } from './stack-options.ts';

/** The providers on this machine. Those of shops forget everything when they stop; networks and rates say the same again. */
export interface Simulators {
  square: Awaited<ReturnType<typeof startSquareSandbox>>;
  clover: CloverSandbox;
  xero: XeroSandbox;
  networks: Awaited<ReturnType<typeof startNetworks>>;
  ecb: Awaited<ReturnType<typeof startEcbSandbox>>;
}

/** A stack and the providers it is an application of. */
export interface Place {
  stack: Stack;
  simulators: Simulators;
}

/** Providers gather what they tell for about a second; nobody here wants to wait. */
const batchMs = 20;
/** Those that become facts. */
const squareEvents = ['payment.created', 'payment.updated', 'refund.updated', 'oauth.authorization.revoked'];

/** Starts a stack with the providers' simulators, registered with each other. @throws as `startStack` does */
export async function startPlace(options: StackOptions): Promise<Place> {
  const started = Promise.withResolvers<Simulators>();
  const stack = await startStack({
    ...options,
    startProviders: async (gatewayUrl, shutdown) => {
      const { values, ...simulators } = await startSimulators(`${gatewayUrl}/webhooks`, shutdown);
      started.resolve(simulators);
      return values;
    },
  });
  const simulators = await started.promise;
  // Until it is passed Xero tells nothing.
  await simulators.xero.webhooks.testIntentToReceive();
  return { stack, simulators };
}

async function startSimulators(webhooks: string, shutdown: Shutdown): Promise<Simulators & { values: StageValues }> {
  // Other ids at each start: data that were kept know those of the last.
  const seed = randomUUID();
  const { square, ...ofSquare } = await startSquare(seed, `${webhooks}/square`);
  shutdown.add('square', () => square.stop());
  const { clover, ...ofClover } = await startClover(seed, `${webhooks}/clover`);
  shutdown.add('clover', () => clover.stop());
  const { xero, ...ofXero } = await startXero(seed, `${webhooks}/xero`);
  shutdown.add('xero', () => xero.stop());
  const networks = await startNetworks();
  shutdown.add('networks', () => networks.stop());
  const ecb = await startEcbSandbox();
  shutdown.add('ecb', () => ecb.stop());
  const ofAffiliate = { AFFILIATE_ENVIRONMENT: networks.url, ECB_ENVIRONMENT: ecb.url };
  const values = {
    settings: { ...ofSquare.settings, ...ofClover.settings, ...ofXero.settings, ...ofAffiliate },
    secrets: { ...ofSquare.secrets, ...ofClover.secrets, ...ofXero.secrets },
  };
  return { square, clover, xero, networks, ecb, values };
}

async function startSquare(seed: string, notificationUrl: string) {
  const square = await startSquareSandbox({
    seed,
    registration: { clientSecret: randomUUID() },
    merchants: [
      { id: shop.square, name: 'Corner Coffee' },
      { id: newcomer.square, name: 'Harbour Café' },
    ],
  });
  const { signatureKey } = square.subscribe({ notificationUrl, eventTypes: squareEvents });
  for (const id of [shop.square, newcomer.square])
    square.merchant(id).takePayment({ amountMinor: 3000, customerId: 'SQUARE-DORA' });
  const { clientId, clientSecret } = square.registration;
  return {
    square,
    settings: { SQUARE_ENVIRONMENT: square.url, SQUARE_CLIENT_ID: clientId },
    secrets: { SquareClientSecret: clientSecret, SquareSignatureKeys: JSON.stringify([signatureKey]) },
  };
}

async function startClover(seed: string, url: string) {
  const [secret, authCode] = [randomUUID(), randomUUID()];
  const clover = await startCloverSandbox({
    seed,
    app: { id: cloverApp, secret },
    webhook: { url, authCode, batchMs },
    merchants: [
      cloverAccount(shop.clover, 'Corner Coffee', 'CLOVER-CARLA'),
      cloverAccount(newcomer.clover, 'Harbour Café', 'CLOVER-FAY'),
    ],
  });
  return {
    clover,
    settings: { CLOVER_ENVIRONMENT: clover.url, CLOVER_CLIENT_ID: cloverApp },
    secrets: { CloverClientSecret: secret, CloverAuthCodes: JSON.stringify([authCode]) },
  };
}

async function startXero(seed: string, url: string) {
  const xero = await startXeroSandbox({
    seed,
    app: { clientSecret: randomUUID() },
    webhooks: { batchMs },
    organisations: [
      { id: shop.xero, name: 'Corner Coffee Ltd' },
      { id: newcomer.xero, name: 'Harbour Café Ltd' },
    ],
  });
  for (const organisation of xero.organisations) keepBooks(organisation);
  const { clientId, clientSecret } = xero.app;
  return {
    xero,
    settings: { XERO_ENVIRONMENT: xero.url, XERO_CLIENT_ID: clientId },
    secrets: { XeroClientSecret: clientSecret, XeroWebhookKeys: JSON.stringify([xero.webhooks.subscribe({ url })]) },
  };
}

/** A customer, who owes and has paid, and the account it was paid into. */
function keepBooks(organisation: Organisation): void {
  const contactId = addContact(organisation, { name: 'Dora' });
  const accountId = addAccount(organisation, { code: '090', name: 'Till', type: 'BANK' });
  const lines = [{ description: 'Catering', unitAmount: 120 }];
  raiseInvoice(organisation, { contactId, lines });
  const invoiceId = raiseInvoice(organisation, { contactId, lines });
  payInvoice(organisation, { invoiceId, accountId });
}
