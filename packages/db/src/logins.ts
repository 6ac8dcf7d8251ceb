import type { Database } from './connection.ts';

/**
 * Gives each login the password that its connection string carries. The roles come from a migration and not from the host's API,
 * which would make them members of a role that bypasses row-level security.
 */
export async function setLoginPasswords(owner: Database, loginUrls: readonly string[]): Promise<void> {
  for (const loginUrl of loginUrls) {
    const { username, password } = new URL(loginUrl);
    // ALTER ROLE takes no parameters, so the server quotes the statement for us. It must not be logged on the way.
    const { rows } = await owner.pool.query(
      `select format('alter role %I password %L', $1::text, $2::text) as statement`,
      [decodeURIComponent(username), decodeURIComponent(password)],
    );
    await owner.pool.query(rows[0].statement);
  }
}
