import { readFileSync } from 'node:fs';
import { errorCodes } from '@tributary/core/errors';
import type { Access } from '@tributary/http/access';
import { callerRoleSchema } from '@tributary/http/role';
import { planName, plans } from '@tributary/identity/plan/plan';
import { describe, expect, it } from 'vitest';
import { access } from './access.ts';
import { describeApi } from './routes/openapi.ts';

const page = readFileSync(new URL('../../packages/docs/api.md', import.meta.url), 'utf8');

/** The tables of a section: their rows, heads too, by cell. */
function tablesOf(heading: string): string[][][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const tables = section.match(/(?:^\|.*\n)+/gm) ?? [];
  return tables.map((table) =>
    table
      .split('\n')
      .filter((line) => line !== '' && !/^\|[-|]+\|$/.test(line))
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  );
}

/** What stands in backticks. */
const quoted = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text as string);

/** What the tables of roles say: a line per operation. */
function readAccess(): [string, Omit<Access, 'cost'>][] {
  return tablesOf('Who may').flatMap(([head = [], ...rows]) =>
    rows.flatMap(([operations, scope, ...ticks]) => {
      const may = callerRoleSchema.array().parse(head.slice(2).filter((_role, at) => ticks[at] === '✓'));
      return quoted(operations).map((operationId): [string, Omit<Access, 'cost'>] => [
        operationId,
        { roles: may, scope: quoted(scope).join() },
      ]);
    }),
  );
}

describe('what api.md tells', () => {
  const lines = Object.values(access).flatMap((table) => Object.entries<Access>(table));

  it('has each operation once, and none that is not there', () => {
    const told = readAccess().map(([operationId]) => operationId);
    expect(told.sort()).toEqual(lines.map(([operationId]) => operationId).sort());
  });

  it.each(lines)('of who may: %s, as functions/api/access.ts has it', (operationId, { roles, scope }) => {
    const told = Object.fromEntries(readAccess())[operationId];
    expect({ scope: told?.scope, roles: told?.roles.toSorted() }).toEqual({ scope, roles: roles.toSorted() });
  });

  it('of lists has each with its filters', () => {
    const [[, ...rows] = []] = tablesOf('Lists');
    const told = rows.flatMap(([paths, , filters]) => quoted(paths).map((path) => [path, ...quoted(filters).sort()]));
    const lists = Object.entries(describeApi().paths).flatMap(([path, { get }]) => {
      const asked = get?.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name) ?? [];
      const filters = asked.filter((name) => name !== 'limit' && name !== 'cursor');
      return asked.includes('cursor') ? [[path, ...filters.sort()]] : [];
    });
    expect(told.sort()).toEqual(lists.sort());
  });

  it('of refusals has each code once, with its status', () => {
    const [[, ...rows] = []] = tablesOf('Refusals');
    const told = rows.flatMap(([status = '', codes, when]) => {
      expect([status, when]).not.toContain('');
      const statuses = status.split(', ').map(Number);
      return quoted(codes).map((code, at) => [code, statuses[at] ?? statuses[0]]);
    });
    expect(told.sort()).toEqual(Object.entries(errorCodes).sort());
  });

  it('of plans has what they have room for', () => {
    const [, [[, ...names] = [], ...rows] = []] = tablesOf('Organization and plan');
    expect(names).toEqual(planName.options);
    const shown = (room: number | boolean | null) => (room === null ? 'any' : room === true ? '✓' : room || '');
    const told = rows.map(([what, ...rooms]) => [quoted(what)[0], ...rooms]);
    const kinds = Object.keys(plans.free) as (keyof typeof plans.free)[];
    expect(told).toEqual(
      kinds.map((kind) => [kind, ...planName.options.map((plan) => String(shown(plans[plan][kind])))]),
    );
  });
});
