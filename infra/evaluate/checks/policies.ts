import { type Created, ofType } from '../created.ts';
import { lambdaName, type Topology } from './topology.ts';

interface Statement {
  Effect: string;
  Action?: string | string[];
  Resource?: string | string[];
  NotAction?: unknown;
  NotResource?: unknown;
  Principal?: Record<string, string | string[]> | string;
}

const list = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const parsed = (policy: unknown): { Statement?: Statement[] } =>
  typeof policy === 'string' ? JSON.parse(policy) : ((policy as object) ?? {});
const rolesOf = (created: readonly Created[]) => ofType(created, 'aws:iam/role:Role');
const inlineStatements = (role: Created) =>
  list(role.inputs.inlinePolicies).flatMap((inline: { policy: string }) => parsed(inline.policy).Statement ?? []);

// Lambda names the streams of a log group at run time.
const isLogStream = (resource: string) => /^arn:aws:logs:[^*]+:log-group:[^*]+:log-stream:\*$/.test(resource);

/** Every statement names its actions and resources whole, and no policy is attached that was written elsewhere. */
export function policiesExact(created: readonly Created[]): string[] {
  const separate = ['aws:iam/policy:Policy', 'aws:iam/rolePolicy:RolePolicy', 'aws:sqs/queuePolicy:QueuePolicy'];
  const statements = [
    ...rolesOf(created).flatMap((role) => inlineStatements(role).map((statement) => ({ owner: role.name, statement }))),
    ...created
      .filter((resource) => separate.includes(resource.type))
      .flatMap(({ name, inputs }) =>
        list(parsed(inputs.policy).Statement).map((statement) => ({ owner: name, statement })),
      ),
  ];
  return [
    ...statements.flatMap(({ owner, statement }) => statementFaults(owner, statement)),
    ...rolesOf(created).flatMap((role) =>
      list<string>(role.inputs.managedPolicyArns).map((arn) => `${role.name} carries the managed policy ${arn}`),
    ),
    ...created
      .filter(({ type }) => type.startsWith('aws:iam/') && type.endsWith('PolicyAttachment'))
      .map(({ name }) => `${name} attaches a policy written elsewhere`),
  ];
}

function statementFaults(owner: string, statement: Statement): string[] {
  const inverted = 'NotAction' in statement || 'NotResource' in statement;
  return [
    ...(inverted ? [`${owner} grants by exception`] : []),
    ...list(statement.Action)
      .filter((action) => action.includes('*'))
      .map((action) => `${owner} may ${action}`),
    ...list(statement.Resource)
      .filter((resource) => resource.includes('*') && !isLogStream(resource))
      .map((resource) => `${owner} reaches ${resource}`),
  ];
}

/** A function's role is assumed by Lambda alone, a schedule's by the scheduler alone, and there is no third kind. */
export function rolesTrustOneService(created: readonly Created[]): string[] {
  const schedulerRoles = ofType(created, 'aws:scheduler/schedule:Schedule').map(({ inputs }) => inputs.target.roleArn);
  return rolesOf(created).flatMap((role) => {
    const isSchedulers = schedulerRoles.some((arn) => arn.endsWith(`/${role.inputs.name}`));
    const service = isSchedulers ? 'scheduler.amazonaws.com' : 'lambda.amazonaws.com';
    const trusted = list(parsed(role.inputs.assumeRolePolicy).Statement).flatMap(({ Principal }) =>
      typeof Principal === 'object'
        ? Object.entries(Principal).flatMap(([kind, ids]) => list(ids).map((id) => `${kind} ${id}`))
        : [String(Principal)],
    );
    return trusted.length === 1 && trusted[0] === `Service ${service}`
      ? []
      : [`${role.name} trusts ${trusted.join(', ') || 'nobody'} instead of ${service}`];
  });
}

/** Each function may do exactly what its specification implies, on exactly those resources. */
export function grantsMatch(created: readonly Created[], topology: Topology): string[] {
  return Object.keys(topology.functions).flatMap((name) => {
    const lambda = ofType(created, 'aws:lambda/function:Function').find((fn) => fn.name === lambdaName(name));
    const role = rolesOf(created).find((candidate) =>
      String(lambda?.inputs.role).endsWith(`/${candidate.inputs.name}`),
    );
    if (!lambda || !role) return [`${name} has no role of its own`];
    const found = inlineStatements(role).flatMap((statement) =>
      list(statement.Resource).flatMap((resource) =>
        list(statement.Action).map((action) => `${action} on ${last(resource)}`),
      ),
    );
    const wanted = wantedGrants(created, name, topology);
    return [
      ...wanted.filter((grant) => !found.includes(grant)).map((grant) => `${name} may not ${grant}`),
      ...found.filter((grant) => !wanted.includes(grant)).map((grant) => `${name} may ${grant} without need`),
    ];
  });
}

const last = (arn: string) =>
  arn
    .replace(/:log-stream:\*$/, '')
    .split(/[:/]/)
    .at(-1) ?? arn;

function wantedGrants(created: readonly Created[], name: string, { functions, queues }: Topology): string[] {
  const spec = functions[name];
  const physical = (logical: string) => created.find((resource) => resource.name === logical)?.inputs.name ?? logical;
  const queueName = (queue: string) => physical(`${queue.charAt(0).toUpperCase()}${queue.slice(1)}Queue`);
  const logs = last(physical(lambdaName(name).replace(/Function$/, 'Logs')));
  const consumes = Object.keys(queues).filter((queue) => queues[queue]?.subscriber === name);
  const receiving = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes', 'ChangeMessageVisibility'];
  return [
    `logs:CreateLogStream on ${logs}`,
    `logs:PutLogEvents on ${logs}`,
    ...(spec?.sends ?? []).map((queue) => `sqs:SendMessage on ${queueName(queue)}`),
    ...consumes.flatMap((queue) => receiving.map((action) => `sqs:${action} on ${queueName(queue)}`)),
    ...(spec?.sendsMail ? ['ses:SendEmail on mail.test'] : []),
    ...(spec?.opensCredentials ? ['kms:Decrypt on CredentialsKey'] : []),
    ...(spec?.sealsCredentials ? ['kms:GenerateDataKey on CredentialsKey'] : []),
  ];
}

/** Only a function with an `api` route can be called by anyone; others by the one gateway that has a route to them. */
export function invokersKnown(created: readonly Created[], { routes }: Topology): string[] {
  const surfaces = new Map(routes.map((route) => [lambdaName(route.function), route.surface]));
  return ofType(created, 'aws:lambda/permission:Permission').flatMap(({ name, inputs }) => {
    const lambda = ofType(created, 'aws:lambda/function:Function').find((fn) =>
      String(inputs.function).endsWith(fn.inputs.name),
    );
    const surface = surfaces.get(lambda?.name ?? '');
    const viaUrl = inputs.functionUrlAuthType === 'NONE' || inputs.invokedViaFunctionUrl === true;
    const sound =
      inputs.principal === '*'
        ? surface === 'api' && viaUrl
        : surface === 'webhook' && inputs.principal === 'apigateway.amazonaws.com' && Boolean(inputs.sourceArn);
    return sound ? [] : [`${name} lets ${inputs.principal} call ${lambda?.name}`];
  });
}
