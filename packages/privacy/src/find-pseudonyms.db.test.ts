import { randomUUID } from 'node:crypto';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { bury, findErased } from './erased.ts';
import { findPseudonyms } from './find-pseudonyms.ts';
import { idName, nameKey } from './names.ts';
import { replaceId } from './replace-id.ts';

const ids = fc.uniqueArray(fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 40 }), fc.constant('erased-x')), {
  minLength: 1,
  maxLength: 10,
});

describe('findPseudonyms', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const inOrganization = <Result>(orgId: string, work: Parameters<typeof withTenant<Result>>[1]) =>
    withTenant({ database: database.worker, orgId }, work);

  it('knows each pseudonym for one and no id that was ever told, in this organization only', async () => {
    const [orgId, other] = [await createOrganization(database), await createOrganization(database)];
    await inOrganization(other, (tx) => bury(tx, randomUUID(), [idName('xero', 'else')], { areReferences: false }));
    await fc.assert(
      fc.asyncProperty(ids, async (told) => {
        const pseudonyms = await inOrganization(orgId, async (tx) => {
          const names = told.map((id) => idName('xero', id));
          await bury(tx, randomUUID(), names, { areReferences: false });
          const erased = await findErased(tx, names);
          return told.map((id) => replaceId(id, erased, 'xero'));
        });
        const asked = [...told, ...pseudonyms, `erased-${'0'.repeat(20)}`, randomUUID()];
        expect(await inOrganization(orgId, (tx) => findPseudonyms(tx, asked))).toEqual(new Set(pseudonyms));
        expect(await inOrganization(other, (tx) => findPseudonyms(tx, asked))).toEqual(new Set());
      }),
      { numRuns: 25 },
    );
  });

  it('takes what would be one of a sale for none: its id stays', async () => {
    const orgId = await createOrganization(database);
    const found = await inOrganization(orgId, async (tx) => {
      const name = idName('square', 'SALE');
      await bury(tx, randomUUID(), [name], { areReferences: true });
      const erased = await findErased(tx, [name]);
      const hex = erased.get(nameKey(name))?.fingerprint.toString('hex').slice(0, 20);
      expect(hex).toHaveLength(20);
      return findPseudonyms(tx, [`erased-${hex}`]);
    });
    expect(found).toEqual(new Set());
  });
});
