import { join } from 'node:path';
import { EVENTS } from '../../fixtures/api-gateway-events.js';
import { bundled, type Bundler } from './bundlers.js';
import type { NodeVersion } from './node-versions.js';
import type { Starter } from './starter.js';

/** Code that makes a handler of a Nest application, for each package. */
const WRAP = {
  '@codegenie/serverless-express':
    "import { configure } from '@codegenie/serverless-express';\nconst wrapped = (app: any) => configure({ app });",
  'serverless-http': "import wrap from 'serverless-http';\nconst wrapped = (app: any) => wrap(app);",
} as const;

type Wrapper = keyof typeof WRAP;
export const WRAPPERS = Object.keys(WRAP) as Wrapper[];

/** Adds the handlers to the code of the starter, which is compiled with them. */
export async function addLambdas(starter: Starter): Promise<void> {
  const [importsAppModule] = /import \{ AppModule \} from '.*';/.exec(await starter.read('src/main.ts'))!;
  for (const wrapper of WRAPPERS) {
    await starter.write(
      `src/${nameOf(wrapper)}.ts`,
      `import { NestFactory } from '@nestjs/core';
${WRAP[wrapper]}
${importsAppModule}

type Handler = (event: any, context: any, callback?: any) => unknown;
let started: Promise<Handler> | undefined;

async function start(): Promise<Handler> {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  await app.init();
  return wrapped(app.getHttpAdapter().getInstance()) as Handler;
}

export const handler: Handler = async (event, context, callback) => {
  started ??= start();
  return (await started)(event, context, callback);
};
`,
    );
  }
}

/**
 * Bundles a handler with esbuild, as AWS CDK does, and invokes it outside of `node_modules`.
 * @returns The statuses without a token, without the permission and with it, for each kind of API.
 */
export async function statusesOf(starter: Starter, wrapper: Wrapper, bundler: Bundler, node: NodeVersion): Promise<object> {
  const { issuer } = starter.consumers;
  const { folder, entry } = await bundled(starter, bundler, nameOf(wrapper));
  const bearer = (role: string) => ({ authorization: `Bearer ${issuer.token({ aud: 'orders', roles: [role] })}` });
  const events = Object.entries(EVENTS).map(([api, event]) => [
    api,
    [event('/orders', {}), event('/orders/delete', bearer('viewer')), event('/orders/delete', bearer('clerk'))],
  ]);
  const script = `
    const { handler } = await import(${JSON.stringify(join(folder, entry))});
    const statuses = {};
    for (const [api, events] of ${JSON.stringify(events)}) {
      statuses[api] = [];
      for (const event of events) statuses[api].push((await handler(event, { awsRequestId: 'test' })).statusCode);
    }
    console.log(\`Statuses \${JSON.stringify(statuses)}\`);
    process.exit();
  `;
  const env = { ISSUER: issuer.url };
  const printed = await starter.run(node.program, ['--input-type=module', '--eval', script], node, env);
  return JSON.parse(/^Statuses (.*)$/m.exec(printed)![1]!) as object;
}

function nameOf(wrapper: Wrapper): string {
  return `lambda-by-${wrapper.replace(/\W+/g, '')}`;
}
