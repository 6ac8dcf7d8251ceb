/** What became of everything that was sent; the shape `--json` prints. */
export interface DemoReport {
  deliveries: { accepted: number; duplicate: number; refused: number };
  /** How many objects came by asking for them, by provider. */
  polled: Record<string, number>;
  /** Payments known afterwards. */
  payments: number;
  wallets: { id: string; customer: string; points: number }[];
  /** The ledger of the first wallet, oldest first. */
  entries: {
    walletId: string;
    type: 'credit' | 'debit';
    points: number;
    balanceAfter: number;
    source: string | null;
  }[];
  /** What campaigns at affiliate networks brought in five weeks, in cents. */
  campaigns: { campaign: string; clicks: number; signups: number; ftdCount: number; commissionMinor: number }[];
  /** Where all of it was read. */
  api: string;
}

const table = (rows: readonly (readonly (string | number)[])[]) => {
  const texts = rows.map((row) => row.map(String));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  return texts.map((row) => `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
};

/** The report for a person. */
export function renderReport({ deliveries, polled, payments, wallets, entries, campaigns, api }: DemoReport): string {
  const { accepted, duplicate, refused } = deliveries;
  return [
    '',
    `Deliveries  ${accepted} accepted, ${duplicate} duplicate, ${refused} refused`,
    `Polled      ${Object.entries(polled)
      .map(([provider, count]) => `${count} from ${provider}`)
      .join(', ')}`,
    `Payments    ${payments}`,
    '',
    `Wallets, read from ${api}/wallets`,
    ...table([['wallet', 'customer', 'points'], ...wallets.map(({ id, customer, points }) => [id, customer, points])]),
    '',
    `Ledger of ${entries[0]?.walletId ?? 'nobody'}`,
    ...table([
      ['type', 'points', 'balance', 'source'],
      ...entries.map(({ type, points, balanceAfter, source }) => [type, points, balanceAfter, source ?? '']),
    ]),
    '',
    `Campaigns of five weeks, read from ${api}/affiliate/by-campaign`,
    ...table([
      ['campaign', 'clicks', 'sign-ups', 'first deposits', 'commission'],
      ...campaigns.map(({ campaign, clicks, signups, ftdCount, commissionMinor }) => [
        ...[campaign, clicks, signups, ftdCount],
        `$${(commissionMinor / 100).toFixed(2)}`,
      ]),
    ]),
    '',
  ].join('\n');
}
