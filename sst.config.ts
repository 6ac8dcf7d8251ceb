/// <reference path="./.sst/platform/config.d.ts" />

// Nothing is imported statically here: SST reads `app` before the providers and the globals exist.
export default $config({
  app(input) {
    const production = input.stage === 'production';
    return {
      name: 'tributary',
      home: 'aws',
      removal: production ? 'retain' : 'remove',
      protect: production,
      providers: { neon: '0.13.0', random: '4.16.6' },
    };
  },
  async run() {
    // Defaults and link permissions apply only to components created after them.
    await import('./infra/defaults.ts');
    await import('./infra/links.ts');
    const { outputs } = await import('./infra/stage.ts');
    return outputs;
  },
});
