/** Every Lambda: arm64, one runtime, JSON logs in a group of its own, and a role that carries nothing but what it is given. */
$transform(sst.aws.Function, (args) => {
  args.runtime ??= 'nodejs24.x';
  args.architecture ??= 'arm64';
  // Chunks keep lazily imported SDK clients off the start-up path; `keepNames` keeps error names readable in logs.
  args.nodejs ??= { format: 'esm', minify: true, splitting: true, esbuild: { keepNames: true, external: ['bowser'] } };
  args.transform = {
    ...args.transform,
    role: (role) => {
      // SST 4.17.1 means to let the account root assume it in `sst dev` only, and does so on every stage.
      role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' });
      // The managed policy it drops writes to every log group; functions.ts grants the one group instead.
      role.managedPolicyArns = [];
    },
  };
});
