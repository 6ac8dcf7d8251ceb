import type { DatabaseLogin, FunctionSpec, QueueName, SecretName, Setting } from '@tributary/infra/specs';
import type { FunctionName } from '@tributary/infra/topology';

/** Where everything is on this machine; a function is told only what the topology lists for it. */
export interface Surroundings {
  region: string;
  databaseUrl(login: DatabaseLogin): string;
  queueUrl(queue: QueueName): string;
  secrets: Readonly<Record<SecretName, string>>;
  settings: Readonly<Record<Setting, string>>;
  credentialsKeyArn: string;
  sqsUrl: string;
  kmsUrl: string;
  sesUrl: string;
  /** `host:port`. */
  neonProxy: string;
}

const capitalised = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** What `sst` links to a function, in the shape its `Resource` reads. */
function resources(spec: FunctionSpec, around: Surroundings): Record<string, unknown> {
  const usesKey = spec.opensCredentials === true || spec.sealsCredentials === true;
  return Object.fromEntries([
    ['App', { name: 'tributary', stage: 'local' }],
    ...(spec.databases ?? []).map((login) => [`Database${capitalised(login)}`, { url: around.databaseUrl(login) }]),
    ...(spec.sends ?? []).map((queue) => [capitalised(queue), { url: around.queueUrl(queue) }]),
    ...(spec.secrets ?? []).map((secret) => [secret, { value: around.secrets[secret] }]),
    ...(usesKey ? [['CredentialsKey', { arn: around.credentialsKeyArn }]] : []),
  ]);
}

/** `process.env` of a function: Lambda's own variables, the links, the settings, and the local endpoints. Nothing is inherited. */
export function environmentOf(
  name: FunctionName,
  spec: FunctionSpec,
  taskRoot: string,
  around: Surroundings,
): Record<string, string> {
  return {
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: around.region,
    AWS_DEFAULT_REGION: around.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    LAMBDA_TASK_ROOT: taskRoot,
    _HANDLER: spec.handler,
    TZ: ':UTC',
    AWS_ENDPOINT_URL_SQS: around.sqsUrl,
    AWS_ENDPOINT_URL_KMS: around.kmsUrl,
    ...(spec.sendsMail && { AWS_ENDPOINT_URL_SESV2: around.sesUrl }),
    NEON_LOCAL_PROXY: around.neonProxy,
    SST_RESOURCES_JSON: JSON.stringify(resources(spec, around)),
    ...Object.fromEntries((spec.settings ?? []).map((setting) => [setting, around.settings[setting]])),
  };
}
