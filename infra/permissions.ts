import { credentialsKeyArn } from './kms.ts';
import { mailIdentity } from './mail.ts';
import { workQueues } from './queues.ts';
import type { FunctionSpec } from './specs.ts';
import type { FunctionName } from './topology.ts';

/** The exact AWS calls a function makes besides sending to its linked queues, each on one named resource. */
export function permissions(name: FunctionName, spec: FunctionSpec, logGroupArn: $util.Output<string>) {
  const consumed = [...workQueues.values()].filter((work) => work.spec.subscriber === name);
  return [
    // Streams of the group are named by Lambda at run time: the one place where a name cannot be given whole.
    { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [$interpolate`${logGroupArn}:log-stream:*`] },
    ...consumed.map(({ queue }) => ({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      resources: [queue.arn],
    })),
    ...(spec.sendsMail ? [{ actions: ['ses:SendEmail'], resources: [mailIdentity.arn] }] : []),
    ...(spec.opensCredentials ? [{ actions: ['kms:Decrypt'], resources: [credentialsKeyArn] }] : []),
    ...(spec.sealsCredentials ? [{ actions: ['kms:GenerateDataKey'], resources: [credentialsKeyArn] }] : []),
  ];
}
