type Properties = Record<string, unknown>;

const ACCOUNT = '123456789012';
const REGION = 'eu-west-1';

/** What the provider would answer with: enough of the computed properties for the program to go on. */
export function stateOf(type: string, name: string, inputs: Properties): Properties {
  const physicalName = typeof inputs.name === 'string' ? inputs.name : name;
  return {
    name: physicalName,
    arn: arnOf(type, physicalName),
    url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${physicalName}`,
    functionUrl: `https://${name.toLowerCase()}.lambda-url.${REGION}.on.aws/`,
    apiEndpoint: 'https://abc123.execute-api.eu-west-1.amazonaws.com',
    executionArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:abc123`,
    domainName: `${name.toLowerCase()}.cloudfront.net`,
    host: 'ep-quiet-sea-123456.eu-central-1.aws.neon.tech',
    password: 'made-up',
    result: 'made-up',
    base64: Buffer.alloc(32).toString('base64'),
    ...inputs,
  };
}

function arnOf(type: string, physicalName: string): string {
  const prefixes: Record<string, string> = {
    'aws:sqs/queue:Queue': `sqs:${REGION}:${ACCOUNT}:`,
    'aws:lambda/function:Function': `lambda:${REGION}:${ACCOUNT}:function:`,
    'aws:cloudwatch/logGroup:LogGroup': `logs:${REGION}:${ACCOUNT}:log-group:`,
    'aws:iam/role:Role': `iam::${ACCOUNT}:role/`,
    'aws:kms/key:Key': `kms:${REGION}:${ACCOUNT}:key/`,
    'aws:sns/topic:Topic': `sns:${REGION}:${ACCOUNT}:`,
  };
  return `arn:aws:${prefixes[type] ?? `${type.split(/[:/]/)[1]}:${REGION}:${ACCOUNT}:`}${physicalName}`;
}

interface Statement {
  effect?: string;
  actions?: string[];
  resources?: string[];
  principals?: { type: string; identifiers: string[] }[];
}

const policyJson = (statements: Statement[] = []) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map(({ effect, actions, resources, principals }) => ({
      Effect: effect ?? 'Allow',
      Action: actions,
      ...(resources ? { Resource: resources } : {}),
      ...(principals ? { Principal: Object.fromEntries(principals.map((p) => [p.type, p.identifiers])) } : {}),
    })),
  });

/** Answers the provider's look-ups. An unknown one fails, so that a new dependency on the account is seen. */
export function answerCall(token: string, inputs: Properties): Properties {
  switch (token) {
    case 'aws:index/getRegion:getRegion':
      return { region: REGION, name: REGION };
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return { accountId: ACCOUNT };
    case 'aws:sesv2/getEmailIdentity:getEmailIdentity':
      return { ...inputs, arn: `arn:aws:ses:${REGION}:${ACCOUNT}:identity/mail.test` };
    case 'aws:index/getPartition:getPartition':
      return { partition: 'aws' };
    case 'aws:iam/getPolicyDocument:getPolicyDocument':
      return { ...inputs, json: policyJson(inputs.statements as Statement[] | undefined) };
    default:
      throw new Error(`no answer for ${token}`);
  }
}

// The keys under which Pulumi's wire format marks a wrapped value.
const SIGNATURE = '4dabf18193072939515e22adb298388d';

/** Takes the secret and output marks off a value, so that inputs compare as plain JSON. */
export function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== 'object' || value === null) return value;
  if (SIGNATURE in value) return 'value' in value ? unwrap(value.value) : undefined;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
}
