import type pg from 'pg';

/** Bytes of WAL that one backend has written so far, by PostgreSQL's own count. */
export async function settledWal(superuser: pg.Client, pid: number): Promise<number> {
  const text = 'select wal_bytes as bytes from pg_stat_get_backend_wal($1)';
  const { rows } = await superuser.query<{ bytes: string }>(text, [pid]);
  return Number(rows[0]?.bytes ?? Number.NaN);
}

/** Rows that were inserted, updated and deleted so far, in all tables of the application. */
export async function rowsWritten(superuser: pg.Client): Promise<number> {
  const text = 'select sum(n_tup_ins + n_tup_upd + n_tup_del) as written from pg_stat_user_tables';
  const { rows } = await superuser.query<{ written: string }>(text);
  return Number(rows[0]?.written ?? Number.NaN);
}
