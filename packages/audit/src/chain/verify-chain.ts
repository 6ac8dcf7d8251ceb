import { type TenantContext, type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { ChainCheck, type ChainEnd } from './check-chain.ts';
import type { Anchor, Finding } from './findings.ts';
import { readLinks } from './read-links.ts';

export interface VerifiedChain {
  /** Links there are. */
  links: number;
  /** The last of them; null where there is none. */
  end: ChainEnd | null;
  /** The first hundred things that are wrong, in the order of the chain. Empty: nothing was. */
  findings: Finding[];
  /** Of all of them. */
  found: number;
}

const pageSize = 1000;
const shownFindings = 100;

/**
 * Computes the chain of an organization again, page by page, and compares it with what is stored and with anchors: what was written down
 * of it off the database. Records may be added meanwhile.
 */
export async function verifyChain(context: TenantContext, anchors: readonly Anchor[] = []): Promise<VerifiedChain> {
  const check = new ChainCheck(anchors.filter(({ orgId }) => orgId === context.orgId));
  let links = 0;
  for (;;) {
    const page = await withTenant(context, (tx) => readLinks(tx, { after: check.end.seq, limit: pageSize }));
    if (page.length === 0) break;
    for (const link of page) check.follow(link);
    links += page.length;
  }
  const unchained = await withTenant(context, async (tx) => {
    const { head, last } = await readEnd(tx);
    check.finish(head, last);
    return readUnchained(tx);
  });
  const findings = [...check.findings, ...unchained];
  const end = check.end.seq === 0 ? null : check.end;
  return { links, end, findings: findings.slice(0, shownFindings), found: findings.length };
}

/** Head and last link as of one moment: a transaction moves both. */
async function readEnd(tx: TenantTransaction): Promise<{ head: ChainEnd | null; last: ChainEnd | null }> {
  const [row] = await tx.query<{ head: ChainEnd | null; last: ChainEnd | null }>(
    `select (select json_build_object('seq', h.seq, 'hash', encode(h.hash, 'hex')) from audit.heads h where h.org_id = $1) as head,
       (select json_build_object('seq', l.seq, 'hash', encode(l.hash, 'hex')) from audit.links l where l.org_id = $1
        order by l.seq desc limit 1) as last`,
    [tx.orgId],
  );
  return row ?? { head: null, last: null };
}

async function readUnchained(tx: TenantTransaction): Promise<Finding[]> {
  const rows = await tx.query<{ recordId: string }>(
    `select r.id as "recordId" from audit.records r
     where r.org_id = $1 and not exists (select from audit.links l where l.org_id = $1 and l.record_id = r.id) order by r.id`,
    [tx.orgId],
  );
  return rows.map(({ recordId }) => ({ kind: 'record_unchained', seq: null, recordId }));
}
