import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StubIssuer } from '../../../lib/testing/index.js';
import { temporaryFolder } from '../../files/temporary-folder.js';
import { EVENTS } from '../../fixtures/api-gateway-events.js';
import { collect } from '../../servers/collect-output.js';
import { LoopbackServer } from '../../servers/loopback-server.js';
import { stopAtTheEnd } from '../../servers/stop-at-the-end.js';
import { until } from '../../waiting/until.js';
import { Guide, shown, type GuideProject } from '../guide.js';

const AUDIENCE = 'https://orders.acme.com';
const guide = Guide.read('aws-lambda');
/** The files are compiled already. Unlike a reader's project, this repository contains @nestjs/graphql. */
const bundleCommands = guide
  .block('cp mapping.yaml bundle/')
  .content.replace('npx nest build\n', '')
  .replace('--external:class-validator', '--external:@nestjs/graphql --external:class-validator');

type Event = ReturnType<(typeof EVENTS)[keyof typeof EVENTS]>;
interface Result {
  readonly statusCode?: number;
  readonly error?: string;
}

/** A process that invokes a handler, as an environment of Lambda does. */
class Environment {
  private readonly ended: Promise<never>;

  private constructor(
    readonly process: ChildProcess,
    output: () => string,
  ) {
    this.ended = once(process, 'exit').then(() => {
      throw new Error(`The environment ended:\n${output()}`);
    });
    this.ended.catch(() => undefined); // stop() ends the process
  }

  /** @param folder The deployed code. */
  static async start(folder: string, env: NodeJS.ProcessEnv, file = 'lambda.mjs'): Promise<Environment> {
    const child = fork(resolve('test/documents/guides/lambda-runtime.mjs'), [join(folder, file)], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1', LAMBDA_TASK_ROOT: folder, AUDIENCE, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const environment = stopAtTheEnd(new Environment(child, collect(child)));
    await environment.message();
    return environment;
  }

  async invoke(event: Event): Promise<Result> {
    const result = this.message();
    this.process.send(event);
    return (await result) as Result;
  }

  /** @throws Error with the output if the process ends. */
  private async message(): Promise<unknown> {
    const [value] = (await Promise.race([once(this.process, 'message'), this.ended])) as [unknown];
    return value;
  }

  stop(): void {
    this.process.kill('SIGKILL');
  }
}

describe('the guide to AWS Lambda', () => {
  const folder = temporaryFolder();
  let issuer: StubIssuer;
  let project: GuideProject;
  let deployed: string;
  const bearer = (...roles: string[]) => ({ authorization: `Bearer ${issuer.token({ aud: AUDIENCE, roles })}` });

  beforeAll(async () => {
    issuer = await StubIssuer.start();
    project = await guide.project({ 'https://id.acme.com': issuer.url });
    await project.run(bundleCommands);
    deployed = await mkdtemp(join(folder, 'task-'));
    await cp(join(project.folder, 'bundle'), deployed, { recursive: true });
  });
  afterAll(async () => {
    await issuer.stop();
  });

  it('shows what the bundle does with an event, without AWS', async () => {
    const printed = await project.run(guide.block('export ISSUER=').content);
    const block = guide.block('statusCode: 401');
    expect(printed).toMatch(shown({ ...block, content: block.content.replace('https://id.acme.com', issuer.url) }));
  });

  it.each(Object.keys(EVENTS) as (keyof typeof EVENTS)[])('guards the events of a %s, outside of node_modules', async (api) => {
    const event = EVENTS[api];
    const environment = await Environment.start(deployed, { ISSUER: issuer.url });
    const statuses = [];
    for (const given of [
      event('/orders', {}),
      event('/orders', bearer('viewer')),
      event('/orders/1', bearer('viewer'), 'DELETE'),
    ])
      statuses.push((await environment.invoke(given)).statusCode);
    statuses.push((await environment.invoke(event('/orders/1', bearer('clerk'), 'DELETE'))).statusCode);
    expect(statuses).toEqual([401, 200, 403, 200]);
    environment.stop();
  });

  it('guards the same events with serverless-http', async () => {
    await project.run(bundleCommands.replaceAll('/lambda.', '/lambda-serverless-http.'));
    const other = await mkdtemp(join(folder, 'task-'));
    await cp(join(project.folder, 'bundle'), other, { recursive: true });
    const environment = await Environment.start(other, { ISSUER: issuer.url }, 'lambda-serverless-http.mjs');
    for (const event of Object.values(EVENTS)) {
      expect(await environment.invoke(event('/orders', {}))).toMatchObject({ statusCode: 401 });
      expect(await environment.invoke(event('/orders/1', bearer('viewer'), 'DELETE'))).toMatchObject({ statusCode: 403 });
      expect(await environment.invoke(event('/orders/1', bearer('clerk'), 'DELETE'))).toMatchObject({ statusCode: 200 });
    }
    environment.stop();
  });

  it('starts again with the next event if the start failed', async () => {
    const incomplete = await mkdtemp(join(folder, 'task-'));
    await cp(deployed, incomplete, { recursive: true });
    await rm(join(incomplete, 'mapping.yaml'));
    const environment = await Environment.start(incomplete, { ISSUER: issuer.url });
    const event = EVENTS['HTTP API']('/orders', bearer('viewer'));
    expect((await environment.invoke(event)).error).toMatch(/mapping\.yaml.*cannot be read \(ENOENT\)/s);
    await cp(join(deployed, 'mapping.yaml'), join(incomplete, 'mapping.yaml'));
    expect(await environment.invoke(event)).toMatchObject({ statusCode: 200 });
    environment.stop();
  });

  it('decides the event that ends a freeze with the earlier mapping, and later events with the new one', async () => {
    let answer: Promise<string> = Promise.resolve('{"roles":{"viewer":["orders:read"]}}');
    let asked = 0;
    const publisher = await LoopbackServer.start((_, response) => {
      asked++;
      void answer.then((text) => response.end(text));
    });
    const remote = `httpBundle({ url: '${publisher.url}', pollIntervalSeconds: 1 })`;
    const code = guide
      .file('src/app.module.ts')
      .replace('fileMapping(`${LAMBDA_TASK_ROOT}/mapping.yaml`)', remote)
      .replace('import { Orders', "import { httpBundle } from 'nestjs-authz/http-bundle';\nimport { Orders");
    const other = await guide.project({}, { 'src/app.module.ts': code });
    await other.run(bundleCommands);
    const environment = await Environment.start(join(other.folder, 'bundle'), { ISSUER: issuer.url });
    const event = EVENTS['HTTP API']('/orders', bearer('viewer'));
    expect(await environment.invoke(event)).toMatchObject({ statusCode: 200 });

    environment.process.kill('SIGSTOP');
    let publish: (text: string) => void = () => undefined;
    answer = new Promise((resolved) => (publish = resolved)); // responds after the event is decided
    const before = asked;
    environment.process.kill('SIGCONT');
    await until(() => asked > before);
    expect(await environment.invoke(event)).toMatchObject({ statusCode: 200 });
    publish('{"roles":{"viewer":[]}}');
    await until(async () => (await environment.invoke(event)).statusCode === 403);
    environment.stop();
  });
});
