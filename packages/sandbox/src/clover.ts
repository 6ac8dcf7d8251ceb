import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFaultPlan, type FaultKind } from './clover-faults.ts';
import {
  type Account,
  orderOnWire,
  paymentOnWire,
  readExpand,
  type SandboxMerchant,
  type SandboxOrder,
  type SandboxPayment,
} from './clover-wire.ts';

export interface CloverSandboxOptions {
  /** Fixed port; without it a free one is chosen. */
  port?: number;
  merchants: readonly SandboxMerchant[];
}

/** One request as it came; never its token. */
export interface SandboxRequest {
  method: string;
  /** Without the query. */
  path: string;
  expand: readonly string[];
  /** Null when it met a fault. */
  status: number | null;
  fault: FaultKind | null;
}

export interface CloverSandbox {
  /** Base address for a client. */
  readonly url: string;
  /** Adds or replaces a payment. */
  setPayment(merchantId: string, payment: SandboxPayment): void;
  /** Adds or replaces an order. */
  setOrder(merchantId: string, order: SandboxOrder): void;
  /** Every request so far, oldest first. */
  requests(): readonly SandboxRequest[];
  /** The next request, or the next few, meet this instead of their answer. Plans queue up. */
  failNext(kind: FaultKind, times?: number): void;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  body: object;
}

interface Merchant {
  readonly accessToken: string;
  readonly account: Account;
}

const route = /^\/v3\/merchants\/([^/]+)\/(payments|orders)\/([^/]+)$/;

/**
 * Simulates the two reads of Clover's REST API v3 that loyalty needs, on 127.0.0.1.
 *
 * | behaviour | basis |
 * |---|---|
 * | 401 for a missing, wrong or another merchant's token, never 403 | documented: docs.clover.com/dev/docs/401-unauthorized |
 * | at most three expansions, two levels | documented: docs.clover.com/dev/docs/expanding-fields; refusing more with 400: judgment |
 * | a dotted expansion brings its parent along | documented by that page's third example |
 * | 429 and the headers that name the limit | documented: docs.clover.com/dev/docs/api-usage-rate-limits |
 * | retry-after with the limits on concurrency only | third party: api-evangelist/clover; its value: judgment |
 * | fields of payments and orders, `employee.orders` as `{ href }` | documented: clover/clover-android-sdk, test assets and v3 classes |
 * | expanded lists as `{ elements, href }`, empty ones included | judgment: the dumps show `elements`, list endpoints both |
 * | a customer's own relations stay `{ href }` | judgment, after `employee.orders` |
 * | which fields of orders and lines expand | documented: docs.clover.com/dev/reference/ordergetorder, ordergetorderlineitems |
 * | a line has no word of discounts and modifiers unless they are expanded | judgment, after the dumps |
 * | a line brings its tags along | judgment: the SDK's line has them, the reference does not expand them |
 * | 404 for an unknown id; bodies of errors | judgment: not documented for the REST API |
 */
export async function startCloverSandbox(options: CloverSandboxOptions): Promise<CloverSandbox> {
  const merchants = new Map<string, Merchant>();
  const faults = createFaultPlan();
  const seen: SandboxRequest[] = [];

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://clover.invalid');
    const { status, body } = answer(merchants, request.method ?? '', url, request.headers.authorization);
    const fault = faults.next();
    seen.push({
      method: request.method ?? '',
      path: url.pathname,
      expand: (url.searchParams.get('expand') ?? '').split(',').filter((field) => field !== ''),
      status: fault === null ? status : null,
      fault,
    });
    if (fault !== null) faults.meet(fault, response, JSON.stringify(body));
    else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, '127.0.0.1', done);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const merchant of options.merchants) merchants.set(merchant.id, open(url, merchant));

  return {
    url,
    setPayment: (merchantId, payment) => accountOf(merchants, merchantId).payments.set(payment.id, payment),
    setOrder: (merchantId, order) => accountOf(merchants, merchantId).orders.set(order.id, order),
    requests: () => seen,
    failNext: (kind, times = 1) => faults.add(kind, times),
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function answer(merchants: ReadonlyMap<string, Merchant>, method: string, url: URL, authorization?: string): Answer {
  const [, merchantId = '', kind, id = ''] = route.exec(url.pathname) ?? [];
  if (kind !== 'payments' && kind !== 'orders') return refusal(404, 'Not Found');
  const merchant = merchants.get(merchantId);
  if (merchant === undefined || authorization !== `Bearer ${merchant.accessToken}`)
    return refusal(401, '401 Unauthorized');
  if (method !== 'GET') return refusal(405, 'Method Not Allowed');
  const expand = readExpand(kind, url.searchParams.get('expand'));
  if (expand === null) return refusal(400, 'Bad Request: expand');
  const { account } = merchant;
  const payment = kind === 'payments' ? account.payments.get(id) : undefined;
  if (payment !== undefined) return { status: 200, body: paymentOnWire(account, payment, expand) };
  const order = kind === 'orders' ? account.orders.get(id) : undefined;
  if (order !== undefined) return { status: 200, body: orderOnWire(account, order, expand) };
  return refusal(404, 'Not Found');
}

function refusal(status: number, message: string): Answer {
  return { status, body: { message } };
}

function open(url: string, merchant: SandboxMerchant): Merchant {
  return {
    accessToken: merchant.accessToken,
    account: {
      href: `${url}/v3/merchants/${merchant.id}`,
      payments: new Map(merchant.payments.map((payment) => [payment.id, payment])),
      orders: new Map(merchant.orders.map((order) => [order.id, order])),
    },
  };
}

function accountOf(merchants: ReadonlyMap<string, Merchant>, merchantId: string): Account {
  const merchant = merchants.get(merchantId);
  if (merchant === undefined) throw new Error(`The sandbox has no merchant ${merchantId}.`);
  return merchant.account;
}
