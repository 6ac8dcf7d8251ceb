import type { BuildOptions } from 'esbuild';

/**
 * How a function becomes a bundle, the same as SST deploys it: ES modules for Node 24 on Lambda, minified with names kept.
 * Splitting leaves what is imported lazily (the AWS SDK clients) in chunks of its own, off the start-up path.
 */
export const bundleOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  keepNames: true,
  splitting: true,
  // The AWS SDK reads a browser's name by it, and asks for it in browsers alone.
  external: ['bowser'],
  // `module` first: the CommonJS builds of several dependencies cannot be shaken.
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  sourcemap: 'external',
  metafile: true,
  // CommonJS dependencies call `require`, which an ES module does not have.
  banner: {
    js: "import { createRequire as tributaryCreateRequire } from 'node:module'; const require = tributaryCreateRequire(import.meta.url);",
  },
  logLevel: 'silent',
} as const satisfies BuildOptions;
