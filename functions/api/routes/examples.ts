// What several routes show in their examples: one customer and the wallet of theirs.

export const exampleCustomer = {
  id: 'cus_01kb7kz3v9fq4r8s2t6v0w1x2y',
  identities: [
    { kind: 'email' as const, value: 'a•••@example.com' },
    { kind: 'external' as const, provider: 'square', value: 'RDX9Z4XTIZR7MRZJUXNY9HUK6I' },
  ],
};

export const exampleWallet = {
  id: 'wal_01kb7kz3vaef8rmt0v5w6x7y8z',
  status: 'active' as const,
  balance: 25,
  held: 0,
  pending: 0,
  tier: null,
  customer: exampleCustomer,
  mergedInto: null,
  createdAt: '2026-11-20T18:04:07.312Z',
};

export const exampleEvent = {
  id: 'evt_01kb7kz3tnfwbs7c9d1e3f5g7h',
  deliveryId: 'dlv_01kb7kz3tme5g9h2j4k6m8n0pq',
  connectionId: 'con_01kb7kx0y4e2z3a5b7c9d1e3f5',
  provider: 'clover',
  type: 'P:UPDATE',
  status: 'quarantined' as const,
  reason: 'provider_not_found',
  occurredAt: '2026-11-20T18:04:05.000Z',
  receivedAt: '2026-11-20T18:04:06.221Z',
  processedAt: '2026-11-20T18:04:07.512Z',
};

export const exampleConnection = {
  id: 'con_01kb7kx0y4e2z3a5b7c9d1e3f5',
  provider: 'square' as const,
  accountRef: '6SSW7HV8K2ST5',
  name: null,
  region: null,
  status: 'active' as const,
  reason: null,
  connectedAt: '2026-11-20T18:00:00.000Z',
  disconnectedAt: null,
  lastSuccessAt: '2026-11-20T18:04:30.000Z',
  lagSeconds: 210,
  nextRunAt: '2026-11-20T18:19:12.000Z',
  failures: 0,
  scopes: {
    asked: ['MERCHANT_PROFILE_READ', 'PAYMENTS_READ', 'ORDERS_READ', 'CUSTOMERS_READ'],
    granted: ['MERCHANT_PROFILE_READ', 'PAYMENTS_READ', 'ORDERS_READ'],
    missing: ['CUSTOMERS_READ'],
  },
};
