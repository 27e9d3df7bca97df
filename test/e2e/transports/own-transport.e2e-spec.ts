import { AsyncResource } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { Injectable, SetMetadata, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import {
  Authz,
  AuthzConfigError,
  AuthzModule,
  AuthzRefusedException,
  CurrentPrincipal,
  Public,
  RequirePermissions,
  ServiceTask,
  type AuthzModuleOptions,
  type Principal,
} from '../../../lib/index.js';
import { startAuthzApp, type AuthzTestApp } from '../../../lib/testing/index.js';
import { CallRunner, type Transport } from '../../../lib/ports/transports/index.js';
import { CapturedLog } from '../captured-log.js';
import { OPTIONS } from '../on-both-adapters.js';
import { HandleJob, JobData, jobs, type Job } from './own-transport/jobs.transport.js';
import { JobWorker } from './own-transport/job-worker.js';

/** A service that does not know the transport of its calls. */
@Injectable()
class Invoices {
  constructor(private readonly authz: Authz) {}

  async whoAsks(): Promise<string | undefined> {
    await Promise.resolve();
    return this.authz.principal()?.subject;
  }
}

let later: () => unknown = () => undefined;

@Injectable()
class InvoiceJobs {
  constructor(
    private readonly invoices: Invoices,
    private readonly authz: Authz,
  ) {}

  @HandleJob('close')
  @RequirePermissions('orders:create')
  async close(@CurrentPrincipal() caller: Principal, @JobData() data: unknown) {
    later = AsyncResource.bind(() => this.authz.principal());
    return { caller: caller.subject, asks: await this.invoices.whoAsks(), may: this.authz.can('orders:delete'), data };
  }

  @HandleJob('ping')
  @Public()
  async ping() {
    return (await this.invoices.whoAsks()) ?? 'anonymous';
  }

  @HandleJob('forgotten')
  forgotten() {
    return 'must not run';
  }
}

@Injectable()
class TaskJobs {
  @HandleJob('task')
  @ServiceTask()
  task() {
    return 'done';
  }
}

const running: AuthzTestApp[] = [];
afterAll(() => Promise.all(running.map((app) => app.close())));

async function start(transports: unknown = [jobs], providers: Provider[] = [InvoiceJobs, Invoices]) {
  const log = new CapturedLog();
  const options = { ...OPTIONS, transports } as AuthzModuleOptions;
  const imports = [AuthzModule.forRoot(options), DiscoveryModule];
  const app = await startAuthzApp({ imports, providers: [JobWorker, ...providers] }, log.here);
  running.push(app);
  const worker = app.app.get(JobWorker);
  const process = (job: Job) => worker.process(job);
  /** A job with the token of a caller with these roles. */
  const jobOf = (name: string, ...roles: string[]): Job => ({
    name,
    headers: { authorization: `Bearer ${app.token({ sub: 'ann', roles })}` },
    data: { id: 1 },
  });
  return { app, log, process, jobOf };
}

const refused = (reason: string, status: number) => (error: unknown) => {
  expect(error).toBeInstanceOf(AuthzRefusedException);
  expect((error as AuthzRefusedException).reason).toBe(reason);
  expect((error as AuthzRefusedException).getStatus()).toBe(status);
};

describe('a custom transport', () => {
  let service: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    service = await start();
  });

  it('runs a handler as the caller with the token of the call', async () => {
    expect(await service.process(service.jobOf('close', 'clerk'))).toEqual({
      caller: 'ann',
      asks: 'ann',
      may: false,
      data: { id: 1 },
    });
  });

  it('runs a public handler without a caller', async () => {
    expect(await service.process({ name: 'ping' })).toBe('anonymous');
  });

  it('has no caller once the handler has returned', async () => {
    await service.process(service.jobOf('close', 'clerk'));
    expect(() => later()).toThrow(expect.objectContaining({ code: 'AUTHZ_CALL_OVER' }) as Error);
  });

  it.each<[string, string, number, (jobOf: (name: string, ...roles: string[]) => Job) => Job]>([
    ['a call without a token', 'token_missing', 401, () => ({ name: 'close' })],
    ['a header that is not a string', 'request_malformed', 400, () => ({ name: 'close', headers: { authorization: 7 } })],
    ['two headers', 'request_malformed', 400, () => ({ name: 'close', headers: { authorization: ['Bearer a', 'Bearer b'] } })],
    ['an invalid token', 'token_malformed', 401, () => ({ name: 'close', headers: { authorization: 'Bearer x' } })],
    ['a caller without the permission', 'permission_missing', 403, (jobOf) => jobOf('close', 'viewer')],
    ['any call to a handler without a decorator', 'no_requirement', 403, (jobOf) => jobOf('forgotten', 'admin')],
  ])('refuses %s', async (_what, reason, status, job) => {
    await service.process(job(service.jobOf)).then(
      () => {
        throw new Error('The handler has run.');
      },
      refused(reason, status),
    );
  });

  it('names its handlers at start and in the log of refusals', async () => {
    const { log, process, jobOf } = service;
    expect(log.matching(/Guarding .*3 job handlers/)).toHaveLength(1);
    expect(log.matching(/^WARN .*InvoiceJobs\.forgotten.*no decorator/)).toHaveLength(1);
    await process(jobOf('close', 'viewer')).catch(() => undefined);
    expect(log.matching(/Refused InvoiceJobs\.close: permission_missing/)).not.toHaveLength(0);
  });

  it('refuses every call if the transport was not given to AuthzModule', async () => {
    const { process, jobOf } = await start([]);
    const refusal = await process(jobOf('close', 'admin')).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ reason: 'context_unknown' });
  });

  it('refuses a call with the refuse() of the transport', async () => {
    const own: Transport = {
      ...jobs,
      refuse: (_call, reason, { status }) => {
        throw new RangeError(`${reason} ${status}`);
      },
    };
    const { process } = await start([own]);
    await expect(process({ name: 'close' })).rejects.toThrow(new RangeError('token_missing 401'));
  });

  it.each<[string, unknown]>([
    ['returns a value', () => ({ status: 'refused' })],
    ['returns nothing', () => undefined],
    ['is asynchronous', () => Promise.reject(new Error('not awaited'))],
    ['resolves to a value', () => Promise.resolve(true)],
  ])('refuses a call if the refuse() of the transport %s instead of throwing', async (_what, refuse) => {
    const { process, jobOf } = await start([{ ...jobs, refuse }]);
    const isRefused = (reason: string) => expect.objectContaining({ reason }) as Error;
    await expect(process({ name: 'close' })).rejects.toEqual(isRefused('token_missing'));
    await expect(process(jobOf('close', 'viewer'))).rejects.toEqual(isRefused('permission_missing'));
    await expect(process(jobOf('forgotten', 'admin'))).rejects.toEqual(isRefused('no_requirement'));
  });

  it.each([null, 'job 1', 7, () => undefined])('refuses a call whose carrier is no object: %p', async (carrier) => {
    const { process, jobOf, app } = await start([{ ...jobs, carrier: () => carrier }]);
    for (const job of [jobOf('close', 'clerk'), { name: 'ping' }])
      await expect(process(job)).rejects.toEqual(expect.objectContaining({ reason: 'context_unknown' }) as Error);
    const calls = app.app.get(CallRunner, { strict: false });
    await expect(calls.run({ ...jobs, carrier: () => carrier as object }, [], () => 1)).rejects.toThrow(
      expect.objectContaining({ code: 'AUTHZ_TRANSPORT_CARRIER' }) as Error,
    );
  });

  it('may be an instance of a class with methods of its own', async () => {
    class Queue {
      private readonly prefix = 'Bearer';
      readonly type = jobs.type;
      readonly name = jobs.name;
      readonly handlerKinds = jobs.handlerKinds;
      readonly carrier = jobs.carrier;
      readonly connectionMetadata = 'design:paramtypes';
      open = () => undefined;
      unwrap = () => {
        throw new Error('not a method of a transport');
      };
      credentials([job]: readonly unknown[]) {
        return { kind: 'token', scheme: this.prefix, token: (job as Job).headers?.['authorization']?.toString().slice(7) };
      }
    }
    const { process, jobOf } = await start([new Queue()]);
    expect(await process(jobOf('close', 'clerk'))).toMatchObject({ caller: 'ann', asks: 'ann' });
  });

  it('stops the start for @ServiceTask() unless its handlers may be tasks', async () => {
    await expect(start([jobs], [TaskJobs])).rejects.toThrow(expect.objectContaining({ code: 'AUTHZ_SERVICE_TASK' }) as Error);
    const [kind] = jobs.handlerKinds;
    const { process } = await start([{ ...jobs, handlerKinds: [{ ...kind, mayBeTask: true }] }], [TaskJobs]);
    expect(await process({ name: 'task' })).toBe('done');
  });

  it('stops the start for @ServiceTask() on a method that calls of another kind reach, too', async () => {
    @Injectable()
    class MixedTasks {
      @HandleJob('mixed')
      @SetMetadata('microservices:pattern', ['mixed'])
      @ServiceTask()
      task() {
        return 'done';
      }
    }
    await expect(start([jobs], [MixedTasks])).rejects.toThrow(expect.objectContaining({ code: 'AUTHZ_SERVICE_TASK' }) as Error);
  });

  it('refuses calls of an undecorated method that is a part of calls of another kind', async () => {
    @Injectable()
    class MixedFields {
      @HandleJob('field')
      @SetMetadata('graphql:resolve_property', true)
      field() {
        return 'must not run';
      }
    }
    const { process, jobOf } = await start([jobs], [MixedFields]);
    const isRefused = (reason: string) => expect.objectContaining({ reason }) as Error;
    await expect(process({ name: 'field' })).rejects.toEqual(isRefused('token_missing'));
    await expect(process(jobOf('field', 'admin'))).rejects.toEqual(isRefused('no_requirement'));
  });

  it('needs a carrier for each call', async () => {
    const calls = service.app.app.get(CallRunner, { strict: false });
    await expect(calls.run({ ...jobs, carrier: () => undefined }, [], () => 1)).rejects.toThrow(
      expect.objectContaining({ code: 'AUTHZ_TRANSPORT_CARRIER' }) as Error,
    );
  });
});

describe('an invalid transport stops the start', () => {
  const [kind] = jobs.handlerKinds;

  it.each<[string, unknown, string]>([
    ['a value that is not a list', jobs, '"transports" must be a list of transports, got '],
    [
      'no object',
      ['jobs'],
      '"transports[0]" must be an object such as { type, name, handlerKinds, carrier, credentials }, got "jobs"',
    ],
    ['no type', [{ ...jobs, type: '' }], '"transports[0].type" must be a string that is not empty, got ""'],
    ['no name', [{ ...jobs, name: undefined }], '"transports[0].name" must be a string that is not empty, got nothing'],
    ['no carrier', [{ ...jobs, carrier: {} }], '"transports[0].carrier" must be a function, got {}'],
    ['no credentials', [{ ...jobs, credentials: undefined }], '"transports[0].credentials" must be a function, got nothing'],
    ['a refusal that is not a function', [{ ...jobs, refuse: 403 }], '"transports[0].refuse" must be a function, got 403'],
    [
      'kinds that are not a list',
      [{ ...jobs, handlerKinds: {} }],
      '"transports[0].handlerKinds" must be a list of one or more kinds',
    ],
    ['no kinds', [{ ...jobs, handlerKinds: [] }], '"transports[0].handlerKinds" must be a list of one or more kinds'],
    [
      'a misspelt member',
      [{ ...jobs, refuses: () => undefined }],
      '"transports[0]" has no option "refuses". Did you mean "refuse"?',
    ],
    [
      'a kind that is no object',
      [{ ...jobs, handlerKinds: ['job'] }],
      '"transports[0].handlerKinds" must be a list of one or more kinds',
    ],
    [
      'a kind without metadata',
      [{ ...jobs, handlerKinds: [{ ...kind, metadata: 1 }] }],
      '"transports[0].handlerKinds[0].metadata" must be a metadata key: a symbol or a string that is not empty, got 1',
    ],
    [
      'a misspelt member of a kind',
      [{ ...jobs, handlerKinds: [{ ...kind, mayBeTasks: true }] }],
      '"transports[0].handlerKinds[0]" has no option "mayBeTasks". Did you mean "mayBeTask"?',
    ],
    [
      'a type of ours',
      [{ ...jobs, type: 'rpc' }],
      '"transports[0].type" must differ from the type of every other transport, got "rpc", the type of the transport "messages"',
    ],
    [
      'a type twice',
      [jobs, { ...jobs, name: 'other jobs' }],
      '"transports[1].type" must differ from the type of every other transport, got "job", the type of the transport "jobs"',
    ],
  ])('%s', async (_what, transports, message) => {
    const error = await start(transports).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AuthzConfigError);
    expect((error as AuthzConfigError).message).toContain(message);
    expect((error as AuthzConfigError).code).toMatch(/^AUTHZ_(TRANSPORT|UNKNOWN_OPTION|OPTIONS|STRING|FUNCTION|LIST)$/);
  });
});

it.each(['jobs.transport.ts', 'job-worker.ts'])('the guide shows the tested code: %s', (name) => {
  const guide = readFileSync('docs/guides/write-a-transport.md', 'utf8').replaceAll(/^ {3}/gm, '');
  const code = readFileSync(`test/e2e/transports/own-transport/${name}`, 'utf8');
  const inGuide = code.replaceAll("'../../../../lib/ports/transports/index.js'", "'nestjs-authz/transports'");
  expect(guide).toContain(`\`\`\`ts\n// ${name}\n${inGuide}\`\`\``);
});
