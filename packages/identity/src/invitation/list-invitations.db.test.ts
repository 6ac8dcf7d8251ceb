import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Colleague, createUser, Firm } from '../member/people.fixture.ts';
import { createInvitation } from './create-invitation.ts';
import { listInvitations } from './list-invitations.ts';
import { listOwnInvitations } from './list-own-invitations.ts';

const now = new Date('2026-11-21T12:00:00Z');

describe('invitations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function office() {
    const firm = await Firm.found(database);
    return { firm, owner: await firm.employ('owner') };
  }
  const invite = (firm: Firm, { actor }: Colleague, email: string) =>
    firm.run((tx) => createInvitation({ tx, actor, now }, { email, role: 'analyst' }));

  it('of an organization are read page by page, and so are somebody’s own', async () => {
    const { firm, owner } = await office();
    const user = await createUser(database);
    for (const _ of Array(5)) await invite(firm, owner, `${randomUUID()}@example.com`);
    for (const _ of Array(5)) {
      const other = await office();
      await invite(other.firm, other.owner, user.email);
    }
    const everything = async (read: (after?: string) => Promise<{ item: { id: string }; position: string }[]>) => {
      const ids: string[] = [];
      let after: string | undefined;
      do {
        const page = await read(after);
        ids.push(...page.map(({ item }) => item.id));
        after = page.at(-1)?.position;
      } while (after !== undefined);
      return ids;
    };
    const context = { database: database.identity, orgId: firm.orgId };
    const ofFirm = await everything((after) => listInvitations(context, { limit: 2, ...(after && { after }) }));
    const own = await everything((after) =>
      listOwnInvitations(
        { database: database.identity, actor: user.actor, now },
        { limit: 2, ...(after && { after }) },
      ),
    );
    for (const ids of [ofFirm, own]) {
      expect(new Set(ids).size).toBe(5);
      expect(ids).toEqual(ids.toSorted().reverse());
    }
  });
});
