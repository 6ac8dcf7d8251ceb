/**
 * Runs in a process of its own, bundled beside SST's platform as SST bundles the real program: evaluates `sst.config.ts`
 * with Pulumi's mocks in place of the engine and writes what would be created to the file that its first argument names.
 */
import { writeFileSync } from 'node:fs';
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import * as neon from '@sst-provider/neon';
import { run } from '../../.sst/platform/src/auto/run.ts';
import * as sst from '../../.sst/platform/src/components/index.ts';
import config from '../../sst.config.ts';
import type { Created } from './created.ts';
import { answerCall, stateOf, unwrap } from './mocks.ts';
import { startSstServer } from './sst-server.ts';

const [resultFile, bundle] = process.argv.slice(2);
if (!resultFile || !bundle) throw new Error('usage: program <result file> <folder that stands for built code>');

const created: Created[] = [];
const retained = new Set<string>();

process.env.SST_SERVER = await startSstServer({
  bundle,
  // What is linked travels in the bundle and is an input of no resource.
  onBuild: ({ functionID, handler, links, copyFiles }) =>
    created.push({
      type: 'sst:build',
      name: functionID,
      inputs: { handler, links, ships: copyFiles.map(({ to }) => to) },
      retained: false,
    }),
});
Object.assign(globalThis, { sst, aws, neon, random });
await pulumi.runtime.setMocks(
  {
    newResource: ({ type, name, inputs }) => {
      created.push({ type, name, inputs: unwrap(inputs) as Created['inputs'], retained: false });
      return { id: `${name}-id`, state: stateOf(type, name, inputs) };
    },
    call: ({ token, inputs }) => answerCall(token, inputs),
  },
  $app.name,
  $app.stage,
  false,
);

const app = await config.app({ stage: $app.stage });
created.push({ type: 'sst:app', name: app.name, inputs: { ...app }, retained: false });

await pulumi.runtime.runInPulumiStack(async () => {
  pulumi.runtime.registerStackTransformation(({ type, name, opts, props }) => {
    if (opts.retainOnDelete) retained.add(`${type} ${name}`);
    return { opts, props };
  });
  return run(async () => config.run());
});

// Most of the program happens in callbacks nothing awaits. As in a real deploy, an empty event loop is the end of it.
process.once('beforeExit', () => {
  for (const resource of created) resource.retained = retained.has(`${resource.type} ${resource.name}`);
  writeFileSync(resultFile, JSON.stringify(created));
});
