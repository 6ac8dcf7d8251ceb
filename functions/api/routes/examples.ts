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
