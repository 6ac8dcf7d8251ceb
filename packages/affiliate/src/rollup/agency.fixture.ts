import { dailyMetrics } from '@tributary/core/daily-stats';
import { withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { openProgramme, type Programme } from '../account/programme.fixture.ts';
import { recomputeDirty } from './recompute-dirty.ts';

/** An organization with accounts at networks, and what is rolled up of them. */
export interface Agency {
  orgId: string;
  /** Two accounts in EUR at one network, and one in USD at another. */
  accounts: readonly [Programme, Programme, Programme];
  /** What the facts add up to, by `day|dimension|value`. */
  expected(): Promise<Record<string, Rollup>>;
  /** What is stored. */
  stored(): Promise<Record<string, Rollup>>;
  /** Where each roll-up lies, and which transaction wrote it. */
  places(): Promise<unknown[]>;
  recompute(atMost?: number): ReturnType<typeof recomputeDirty>;
}

/** The seven metrics in their order, rows, and rows without amounts. */
type Rollup = number[];

/** `brands` are of the two networks. The organization's base currency is EUR. */
export async function openAgency(database: TestDatabase): Promise<Agency & { brands: readonly [string, string] }> {
  const { superuser } = database;
  const one = await openProgramme(database);
  const { orgId } = one;
  const two = await openProgramme(database, { orgId });
  const three = await openProgramme(database, { orgId, currency: 'USD' });
  await superuser.query(
    `insert into ref.brands (slug, name, adapter_key, auth_type, window_days, status)
     values ('awin', 'Awin', 'awin', 'bearer', 31, 'active') on conflict do nothing`,
  );
  await superuser.query(`update affiliate.accounts set brand = 'awin' where org_id = $1 and connection_id = $2`, [
    orgId,
    three.connectionId,
  ]);
  const read = async (text: string) => (await superuser.query(text, [orgId])).rows;
  return {
    orgId,
    accounts: [one, two, three],
    brands: ['everflow', 'awin'],
    expected: async () => addUp(await read(factsOf)),
    stored: async () =>
      Object.fromEntries(
        (await read(rollupsOf)).map(({ key, ...row }) => [key, columns.map((column) => Number(row[column]))]),
      ),
    places: () =>
      read(
        'select ctid::text, xmin::text, dimension, day::text, value from affiliate.rollups where org_id = $1 order by 3, 4, 5',
      ),
    recompute: (atMost = 1000) =>
      withTenant({ database: database.worker, orgId }, (tx) => recomputeDirty(tx, { atMost })),
  };
}

const columns = [...dailyMetrics.map((metric) => metric.toLowerCase()), 'row_count', 'rows_unconverted'];

const rollupsOf = `select day || '|' || dimension || '|' || value as key, clicks, signups, ftd_count as ftdcount, deposits_minor as depositsminor,
    ggr_minor as ggrminor, ngr_minor as ngrminor, commission_minor as commissionminor, row_count, rows_unconverted
  from affiliate.rollups where org_id = $1`;

const factsOf = `select f.*, f.day::text as day, o.base_currency as organization_base
  from affiliate.stats_daily f join identity.organizations o on o.id = f.org_id where f.org_id = $1`;

interface Fact extends Record<string, unknown> {
  day: string;
  base_currency: string;
  organization_base: string;
}

function addUp(facts: readonly Fact[]): Record<string, Rollup> {
  const groups = new Map<string, Fact[]>();
  for (const fact of facts) {
    const keys = [
      ['total', ''],
      ['brand', fact.brand],
      ['connection', fact.connection_id],
      ...['campaign', 'source', 'sub_id'].map((dimension) => [dimension, fact[dimension]]),
    ];
    for (const [dimension, value] of keys) {
      const key = `${fact.day}|${dimension}|${value}`;
      groups.set(key, [...(groups.get(key) ?? []), fact]);
    }
  }
  return Object.fromEntries([...groups].map(([key, group]) => [key, sum(group)]));
}

/** Amounts are of facts in one currency: the one that all of them are in, or else the organization's. */
function sum(group: readonly Fact[]): Rollup {
  const isOfOneBase = new Set(group.map((fact) => fact.base_currency)).size === 1;
  const rows = group.map((fact) => {
    const isConverted = fact.rate !== null && (isOfOneBase || fact.base_currency === fact.organization_base);
    const amount = (name: string) => (isConverted ? Number(fact[`base_${name}`]) : 0);
    return [
      ...[fact.clicks, fact.signups, fact.ftd_count].map(Number),
      ...['deposits_minor', 'ggr_minor', 'ngr_minor', 'commission_minor'].map(amount),
      ...[1, isConverted ? 0 : 1],
    ];
  });
  return rows.reduce((total, row) => total.map((addend, at) => addend + (row[at] ?? 0)));
}
