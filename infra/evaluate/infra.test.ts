import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as topologyOfTheHouse from '../topology.ts';
import { errorsHeard } from './checks/alarms.ts';
import { checks } from './checks/all.ts';
import { handlersExist } from './checks/functions.ts';
import type { Topology } from './checks/topology.ts';
import { type Created, ofType } from './created.ts';
import { evaluate } from './evaluate.ts';
import { holes } from './holes/all.ts';
import { projectRoot } from './platform.ts';

const topology: Topology = topologyOfTheHouse;

/** A file of the project. */
const read = (path: string) =>
  existsSync(join(projectRoot, path)) ? readFileSync(join(projectRoot, path), 'utf8') : null;

let created: Created[];
beforeAll(async () => {
  created = await evaluate('production');
}, 240_000);

describe('the production stage', () => {
  it.each(Object.entries(checks))('passes %s', (_, check) => {
    expect(check(created, topology)).toEqual([]);
  });

  it('has a handler for every function', () => {
    expect(handlersExist(topology, read)).toEqual([]);
  });

  it('tells people of every error that a schedule logs', () => {
    expect(errorsHeard(created, topology, read)).toEqual([]);
  });
});

describe('a hole in the stage is reported', () => {
  it.each(holes)('$hole', ({ check, plant, report }) => {
    const holed = structuredClone(created);
    plant((type, name) => {
      const resource = ofType(holed, type).find((candidate) => candidate.name.startsWith(name));
      if (!resource) throw new Error(`no ${type} ${name}`);
      return resource;
    }, holed);
    expect(checks[check](holed, topology)).toContainEqual(
      typeof report === 'string' ? report : expect.stringMatching(report),
    );
  });

  it('covers every check', () => {
    expect(new Set(holes.map(({ check }) => check))).toEqual(new Set(Object.keys(checks)));
  });

  it.each([
    ['a missing file', null, 'does not exist'],
    ['another export', 'export const handle = () => {};', 'does not export handler'],
    ['an export in a comment only', '// export const handler', 'does not export handler'],
  ])('a handler with %s', (_, text, report) => {
    const reports = handlersExist(topology, () => text);
    expect(reports).toHaveLength(Object.keys(topology.functions).length);
    expect(reports[0]).toContain(report);
  });

  it('an error of a schedule that no alarm watches', () => {
    const rates = 'functions/crons/rates.ts';
    const logged = read(rates)?.replace("'base_not_derived'", "'base_lost'") ?? null;
    const reports = errorsHeard(created, topology, (path) => (path === rates ? logged : read(path)));
    expect(reports).toEqual(['nobody is told of base_lost of cronsRates']);
  });
});
