import type { Created } from '../created.ts';
import type { Hole } from './hole.ts';

const inline = (role: Created, change: (statement: Record<string, unknown>) => void) => {
  const policy = JSON.parse(role.inputs.inlinePolicies[0].policy);
  change(policy.Statement[0]);
  role.inputs.inlinePolicies[0].policy = JSON.stringify(policy);
};
const role = 'aws:iam/role:Role';

export const policyHoles: Hole[] = [
  {
    hole: 'an action with a wildcard',
    check: 'policiesExact',
    plant: (find) => inline(find(role, 'WebhooksSquareRole'), (statement) => (statement.Action = ['sqs:*'])),
    report: 'WebhooksSquareRole may sqs:*',
  },
  {
    hole: 'a resource with a wildcard',
    check: 'policiesExact',
    plant: (find) => inline(find(role, 'OpsConnectRole'), (statement) => (statement.Resource = '*')),
    report: 'OpsConnectRole reaches *',
  },
  {
    hole: 'a grant by exception',
    check: 'policiesExact',
    plant: (find) => inline(find(role, 'OpsConnectRole'), (statement) => (statement.NotAction = ['iam:*'])),
    report: 'OpsConnectRole grants by exception',
  },
  {
    hole: 'a managed policy',
    check: 'policiesExact',
    plant: (find) =>
      (find(role, 'ApiLoyaltyRole').inputs.managedPolicyArns = ['arn:aws:iam::aws:policy/AdministratorAccess']),
    report: /ApiLoyaltyRole carries the managed policy/,
  },
  {
    hole: 'a role the account may assume',
    check: 'rolesTrustOneService',
    plant: (find) =>
      find(role, 'QueuesIngestRole').inputs.assumeRolePolicy.Statement.push({
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { AWS: 'arn:aws:iam::123456789012:root' },
      }),
    report: /QueuesIngestRole trusts .*root/,
  },
  {
    hole: 'a webhook that may open credentials',
    check: 'grantsMatch',
    plant: (find) =>
      inline(find(role, 'WebhooksCloverRole'), (statement) => {
        statement.Action = ['kms:Decrypt'];
        statement.Resource = ['arn:aws:kms:eu-west-1:123456789012:key/CredentialsKey'];
      }),
    report: 'webhooksClover may kms:Decrypt on CredentialsKey without need',
  },
  {
    hole: 'a subscriber that may not delete',
    check: 'grantsMatch',
    plant: (find) => {
      const { inputs } = find(role, 'QueuesIngestRole');
      inputs.inlinePolicies[0].policy = inputs.inlinePolicies[0].policy.replace('"sqs:DeleteMessage",', '');
    },
    report: /queuesIngest may not sqs:DeleteMessage/,
  },
  {
    hole: 'a webhook anyone may invoke past the gateway',
    check: 'invokersKnown',
    plant: (find) => (find('aws:lambda/permission:Permission', 'WebhooksRoute').inputs.principal = '*'),
    report: /lets \* call Webhooks/,
  },
];
