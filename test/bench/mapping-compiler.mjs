// Compiles one document in its own process: `node --expose-gc mapping-compiler.mjs CONTENDER ROLES`.
import { setTimeout } from 'node:timers/promises';
import { AccessControl } from 'accesscontrol';
import { newEnforcer, newModel, StringAdapter } from 'casbin';
import { compileMapping, MappingSnapshot, parseMapping } from '../../dist/mapping/index.js';
import { expand } from './mapping-checks.mjs';
import { mappingDocument } from './mapping-documents.mjs';

const [name, roles] = process.argv.slice(2);
const document = mappingDocument(Number(roles));

const COMPILE = {
  'nestjs-authz': () => new MappingSnapshot(compileMapping(parseMapping(document, 'bench'))),
  'a Set per role': () => expand(document),
  accesscontrol: () => {
    const grants = [...expand(document)].flatMap(([role, permissions]) =>
      [...permissions].map((permission) => ({
        role,
        resource: permission.replace(':', '-'),
        action: 'read:any',
        attributes: '*',
      })),
    );
    return new AccessControl(grants);
  },
  casbin: () => {
    const model = newModel();
    model.loadModelFromText(
      '[request_definition]\nr = sub, act\n[policy_definition]\np = sub, act\n[policy_effect]\ne = some(where (p.eft == allow))\n' +
        '[matchers]\nm = r.sub == p.sub && r.act == p.act\n',
    );
    const rules = [...expand(document)].flatMap(([role, permissions]) =>
      [...permissions].map((permission) => `p, ${role}, ${permission}`),
    );
    return newEnforcer(model, new StringAdapter(rules.join('\n')));
  },
};

// One run before the measurement, so that the code is warm and its size does not count.
await COMPILE[name]();
const before = await heap();
const cpu = process.cpuUsage();
const held = await COMPILE[name]();
const { user, system } = process.cpuUsage(cpu);
const megabytes = ((await heap()) - before) / 1e6;
globalThis.held = held; // keeps the result alive until here
process.send({ milliseconds: (user + system) / 1000, megabytes });
process.disconnect();

async function heap() {
  // In a later turn of the event loop, since the last awaited value is referenced until then.
  await setTimeout(10);
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
