import { insertion, newRow, type Organization, rowOf, type Table } from './canaries.ts';

/** What a statement did: rows touched and shown, or the SQLSTATE it was refused with. */
export type Answer = { count: number; shown: string } | { refused: string };

export const nothing = { count: 0, shown: '[]' };
export const forbidden = { refused: '42501' };

export interface Attempt {
  attempt: string;
  statement: string;
  /** What row-level security alone must answer, whatever is granted. */
  answer: Answer;
}

/** What an organization may try on the other's row of a table that shows whose a row is. */
export function attemptsOn(table: Table, a: Organization, b: Organization): Attempt[] {
  const { name, tenantColumn: column } = table;
  const ofB = `${column} = '${b.id}'`;
  const given: Record<string, [statement: string, answer: Answer]> = {
    select: [`select * from ${name} where ${ofB}`, nothing],
    'select for update': [`select * from ${name} where ${ofB} for update`, nothing],
    aggregate: [
      `select count(*)::int as rows, min(t::text) as least from ${name} t where ${ofB}`,
      { count: 1, shown: '[{"rows":0,"least":null}]' },
    ],
    insert: [insertion(table, newRow(table, b)), forbidden],
    'insert returning': [`${insertion(table, newRow(table, b))} returning *`, forbidden],
    update: [`update ${name} set ${column} = ${column} where ${ofB}`, nothing],
    'update returning': [`update ${name} set ${column} = '${a.id}' where ${ofB} returning *`, nothing],
    'give a row away': [`update ${name} set ${column} = '${b.id}'`, forbidden],
    delete: [`delete from ${name} where ${ofB}`, nothing],
    'delete returning': [`delete from ${name} where ${ofB} returning *`, nothing],
    merge: [
      `merge into ${name} t using (values ('${b.id}'::uuid)) as other (id) on t.${column} = other.id when matched then delete`,
      nothing,
    ],
    'upsert over it': [
      `${insertion(table, rowOf(b, table))} on conflict (${table.primaryKey}) do update set ${column} = excluded.${column} returning *`,
      forbidden,
    ],
    'insert unless it exists': [`${insertion(table, rowOf(b, table))} on conflict do nothing`, forbidden],
    'copy it out': [`copy (select * from ${name} where ${ofB}) to stdout`, nothing],
    'copy in': [`copy ${name} from stdin`, { refused: '0A000' }],
  };
  return Object.entries(given).map(([attempt, [statement, answer]]) => ({ attempt, statement, answer }));
}
