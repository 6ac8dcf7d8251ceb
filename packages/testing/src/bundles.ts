import { projectRoot } from '@tributary/local/bundle';
import { startBundleServer } from '@tributary/local/bundle-server';
import { functionSpecs } from '@tributary/local/stack-functions';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the functions as they are deployed, for `bundlesFrom`. */
    bundlesUrl: string;
  }
}

/** One bundling of the functions for the whole run, if a suite asks for one. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await startBundleServer(projectRoot, functionSpecs);
  project.onTestsRerun(async () => server.forget());
  project.provide('bundlesUrl', server.url);
  return () => server.stop();
}
