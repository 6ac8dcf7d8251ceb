import type { VerifiedChains } from '@tributary/audit/chain/verify-chains';
import type { LogFields, LogLevel } from './log.ts';

/** Says how much was verified, and of each chain that is broken what is wrong with it. An alarm listens for the latter (infra/alarms.ts). */
export function reportVerified(
  report: (level: LogLevel, event: string, fields: LogFields) => void,
  { organizations, links, broken, next }: VerifiedChains,
): void {
  for (const { orgId, found, findings } of broken) {
    const kinds = [...new Set(findings.map(({ kind }) => kind))];
    report('ERROR', 'audit_broken', { orgId, found, kinds: kinds.join(' ') });
  }
  const counts = { organizations, links, broken: broken.length, isDone: next === null };
  report(broken.length > 0 ? 'ERROR' : 'INFO', 'audit_verified', counts);
}
