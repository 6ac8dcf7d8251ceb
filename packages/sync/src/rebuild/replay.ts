import { PermanentFailure } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';
import type { Database } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { isRefusal } from '../refusal.ts';
import type { Twin } from './open-twin.ts';
import { type Readers, readFacts, type Told } from './read-facts.ts';
import type { Applied } from './read-timeline.ts';

/** Writes facts as they were written, at the time they were. */
export type ApplyAgain = (tx: TenantTransaction, told: readonly Told[], at: Date) => Promise<unknown>;

/** Something that people set, and when. */
export interface SettingChange {
  /** Microseconds since 1970; null: before everything. */
  atUs: number | null;
  apply(tx: TenantTransaction): Promise<void>;
}

/** What was applied once, and the bytes do not tell any more. */
export interface Problem {
  kind: Applied['kind'];
  /** Of the first event or pull. */
  id: string;
  reason: string;
}

interface Machine {
  api: Database;
  worker: Database;
  system: Database;
  readers: Readers;
  applyFacts: ApplyAgain;
}

type Step = { atUs: number; setting: SettingChange } | { atUs: number; applied: Applied };

/** Does everything again that was ever applied to an organization, to its twin, in the order in which it was and with the settings of then. */
export async function replay(
  machine: Machine,
  { orgId, twin }: { orgId: string; twin: Twin },
  { settings, timeline }: { settings: readonly SettingChange[]; timeline: readonly Applied[] },
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const step of inOrder(settings, timeline)) {
    if ('setting' in step) {
      await withTenant({ database: machine.api, orgId: twin.orgId }, (tx) => step.setting.apply(tx));
    } else {
      const reason = await applyAgain(machine, { orgId, twin }, step.applied);
      if (reason !== null) problems.push({ kind: step.applied.kind, id: idOf(step.applied), reason });
    }
  }
  return problems;
}

function inOrder(settings: readonly SettingChange[], timeline: readonly Applied[]): Step[] {
  const steps: Step[] = [
    ...settings.map((setting) => ({ atUs: setting.atUs ?? Number.NEGATIVE_INFINITY, setting })),
    ...timeline.map((applied) => ({ atUs: applied.atUs, applied })),
  ];
  return steps.sort((a, b) => (a.atUs === b.atUs ? 0 : a.atUs - b.atUs));
}

const idOf = (applied: Applied) => (applied.kind === 'events' ? applied.eventIds : applied.pullIds)[0] ?? '';

/** @returns why it cannot be, or null. */
async function applyAgain(
  { worker, system, readers, applyFacts }: Machine,
  { orgId, twin }: { orgId: string; twin: Twin },
  applied: Applied,
): Promise<string | null> {
  const read = await withTenant({ database: worker, orgId }, (tx) => readFacts(readers, { system, tx }, applied)).catch(
    reasonOf,
  );
  if (typeof read === 'string') return read;
  const told = read.map(({ connectionId, facts }) => ({
    connectionId: twin.connections.get(connectionId) ?? '',
    facts,
  }));
  const at = new Date(applied.atUs / 1000);
  const apply = (some: readonly Told[]) =>
    withTenant({ database: worker, orgId: twin.orgId }, (tx) => applyFacts(tx, some, at));
  if (!(await isRefused(apply(told)))) return null;
  // As it was when it came: what can never be applied stops nothing else.
  for (const { connectionId, facts } of told)
    for (const fact of facts) await isRefused(apply([{ connectionId, facts: [fact] }]));
  return null;
}

function reasonOf(error: unknown): string {
  if (error instanceof PermanentFailure) return error.reason;
  if (error instanceof ProviderError) return `provider_${error.kind}`;
  throw error;
}

async function isRefused(applying: Promise<unknown>): Promise<boolean> {
  try {
    await applying;
    return false;
  } catch (error) {
    if (isRefusal(error)) return true;
    throw error;
  }
}
