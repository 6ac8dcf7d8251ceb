import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Changes when a migration is added. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

/** Calls the migrate function during a deploy, again whenever the migrations differ; its failure fails the deploy. */
export function migration(migrate: sst.aws.Function) {
  return new aws.lambda.Invocation('Migration', {
    functionName: migrate.name,
    input: '{}',
    triggers: { migrations: fingerprint(join($cli.paths.root, 'migrations')) },
  });
}
