/** Wraps the data keys of sealed credentials. Losing it loses every connection, so removing a stage leaves it behind. */
const key = new aws.kms.Key(
  'CredentialsKey',
  {
    description: `Credentials of ${$app.name} ${$app.stage}`,
    enableKeyRotation: true,
    deletionWindowInDays: 30,
  },
  { retainOnDelete: true },
);

export const credentialsKeyArn = key.arn;

/** Carries the address only: functions.ts grants opening and sealing apart. */
export const credentialsKey = new sst.Linkable('CredentialsKey', { properties: { arn: key.arn } });
