import { openWatch } from '@tributary/affiliate/rule/watch.fixture';
import type { TestDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LogLine, openCronWorker } from './cron.fixture.ts';

const ftdRemoved = { kind: 'restated', metric: 'ftdCount', direction: 'down', atLeast: 1 } as const;
const day = '2026-11-03';

describe('the cron that evaluates rules', () => {
  let database: TestDatabase;
  let handler: typeof import('./rules.ts').handler;
  let lines: LogLine[];

  beforeAll(async () => {
    ({ database, lines } = await openCronWorker());
    ({ handler } = await import('./rules.ts'));
  });

  const run = (remainingMs: number) => handler({}, { getRemainingTimeInMillis: () => remainingMs });
  /** An organization whose network has taken a first deposit back, which no roll-up has told of. */
  const restated = async () => {
    const watch = await openWatch(database);
    await watch.tell({ [day]: { ftdCount: 5 } }, '2026-11-04T09:00:00Z');
    await watch.rule(ftdRemoved);
    await watch.tell({ [day]: { ftdCount: 4 } }, '2026-11-10T09:00:00Z');
    return watch;
  };

  it('begins nothing when the time is nearly over, and raises each alert once', async () => {
    const watch = await restated();
    expect(await run(15_000)).toEqual({ organizations: 0, raised: 0, failed: 0 });
    expect(await run(15_001)).toEqual({ organizations: 1, raised: 1, failed: 0 });
    expect(await run(60_000)).toEqual({ organizations: 1, raised: 0, failed: 0 });
    expect(await watch.raised()).toMatchObject([{ finding: { kind: 'restated', change: -1 } }]);
  });

  it('tells whose failed, in ids and codes alone, and evaluates the others', async () => {
    const [broken, sound] = [await restated(), await restated()];
    const check = `alter table affiliate.alerts add constraint broken check (org_id <> '${broken.orgId}')`;
    await database.superuser.query(check);
    lines.length = 0;
    expect(await run(60_000)).toMatchObject({ raised: 1, failed: 1 });
    expect(lines.map(({ event }) => event)).toEqual(['rules_failed', 'rules_evaluated']);
    expect(lines[0]).toMatchObject({ level: 'ERROR', orgId: broken.orgId, sqlState: '23514' });
    expect(await sound.raised()).toHaveLength(1);
  });
});
