import { accessChecks } from './access-checks.ts';
import { auditChecks } from './audit-checks.ts';
import { consumerChecks } from './consumer-checks.ts';
import { ledgerChecks } from './ledger-checks.ts';
import { ownerChecks } from './owner-checks.ts';
import { relations } from './relations.ts';
import { shapeChecks } from './shape-checks.ts';

export interface Check {
  id: `C${number}`;
  /** What holds while the query returns nothing. */
  rule: string;
  /** Rows of `object` (its name) and `problem`, written after the `relations` expressions. */
  sql: string;
}

export interface Finding {
  check: Check['id'];
  object: string;
  problem: string;
}

/** Anything that runs a statement: a client or a pool of either driver. Any role may run the checks: they read catalogues only. */
export interface CatalogueReader {
  query(sql: string): Promise<{ rows: { object: string; problem: string }[] }>;
}

/** Isolation of organizations as the catalogue shows it, so that a forgotten line in a migration is found before any data is. */
export const checks: readonly Check[] = [
  ...accessChecks,
  ...shapeChecks,
  ...ledgerChecks,
  ...consumerChecks,
  ...ownerChecks,
  ...auditChecks,
];

/** Runs every check against the database the reader is connected to. Empty: nothing found. */
export async function checkCatalogue(reader: CatalogueReader): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { id, sql } of checks) {
    const { rows } = await reader.query(
      `${relations} select distinct object, problem from (${sql}) found order by 1, 2`,
    );
    findings.push(...rows.map(({ object, problem }) => ({ check: id, object, problem })));
  }
  return findings;
}
