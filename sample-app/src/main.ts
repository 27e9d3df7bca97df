import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fleet } from './fleet/fleet.js';
import { freePort } from './fleet/free-port.js';
import { isInstalled } from './fleet/is-installed.js';
import type { ProcessName, RunningProcess, Settings } from './fleet/running-process.js';
import { SERVICE_ACCOUNTS } from './identity/directory.js';
import { invitation } from './walk/invitation.js';
import type { Shop } from './walk/shop.js';
import { bold, dim, Table } from './walk/table.js';
import { walk } from './walk/walk.js';

const MAPPING = fileURLToPath(new URL('../mapping/roles.yaml', import.meta.url));

const [option] = process.argv.slice(2);
if (option !== undefined && option !== '--once') {
  console.error(
    `Unknown option ${option}. Write "npm start" to try it by hand afterwards, or "npm start -- --once" to just see the walk.`,
  );
  process.exit(2);
}

const once = option === '--once';

const folder = await mkdtemp(join(tmpdir(), 'nestjs-authz-sample-'));
const fleet = new Fleet();
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve());
});

const exitCode = await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
await fleet.stop();
await rm(folder, { recursive: true, force: true });
process.exit(exitCode);

/** Starts everything, walks through it and, unless that was all, waits for Ctrl-C. */
async function run(): Promise<number> {
  const tour = await Promise.race([goThrough(), fleet.failure, interrupted]);
  if (tour === undefined) return 130; // interrupted on the way
  if (!once) {
    console.log(await invitation(tour.shop));
    const { authority, catalog, orders, billing } = tour.shop;
    for (const service of [authority, catalog, orders, billing]) printLog(service);
    await Promise.race([fleet.failure, interrupted]);
  }
  return tour.exitCode;
}

async function goThrough() {
  const shop = await start();
  const table = new Table();
  await walk(shop, table);
  const { rows, surprises } = table;
  console.log(
    surprises === 0
      ? `\n${bold(`All ${rows} answers are as they should be.`)}`
      : `\n${bold(`${surprises} of ${rows} answers are not as they should be (✗).`)}`,
  );
  return { shop, exitCode: surprises === 0 ? 0 : 1 };
}

async function start(): Promise<Shop> {
  console.log(`\n${bold('Starting')} (the identity provider is for development only)`);
  // A copy, so that edits do not end up in the repository.
  const mappingFile = join(folder, 'roles.yaml');
  await copyFile(MAPPING, mappingFile);
  const signingKeyId = 'made at start';
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const authorityKey = { ...publicKey.export({ format: 'jwk' }), kid: signingKeyId };
  const authorityKeys = join(folder, 'authority.jwks.json');
  await writeFile(authorityKeys, JSON.stringify({ keys: [authorityKey] }));
  const oldSecret = randomBytes(32).toString('base64url');

  const [redis, identity] = await Promise.all([startedRedis(), started('identity')]);
  const ISSUER = identity.url;
  const catalogTcpPort = String(await freePort());
  const authority = await started('authority', {
    ISSUER,
    ...client('authority'),
    MAPPING_FILE: mappingFile,
    SIGNING_KEY: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    SIGNING_KEY_ID: signingKeyId,
  });
  const reader = { ISSUER, AUTHORITY_URL: authority.url, AUTHORITY_KEY: JSON.stringify(authorityKey) };
  const [catalog, billing] = await Promise.all([
    started('catalog', { ...reader, ...client('catalog'), TCP_PORT: catalogTcpPort }),
    started('billing', { ...reader, ...client('billing'), OLD_SECRET: oldSecret }),
  ]);
  const orders = await started('orders', {
    ...reader,
    ...client('orders'),
    CATALOG_URL: catalog.url,
    CATALOG_TCP_PORT: catalogTcpPort,
    DISK_COPY: join(folder, 'orders.mapping'),
  });
  console.log();
  const files = { mappingFile, authorityKeys };
  return { fleet, redis, identity, authority, catalog, orders, billing, oldSecret, ...files, signingKeyId, catalogTcpPort };
}

/** Where it is not installed, everything else runs; in CI nobody would notice what was left out. */
async function startedRedis(): Promise<RunningProcess | undefined> {
  if (isInstalled('redis-server')) return started('redis', { FOLDER: folder });
  const message = 'redis-server is not on the PATH';
  if (process.env['CI'] === 'true') throw new Error(`${message}, and under CI=true nothing is left out. Install it.`);
  console.log(dim(`  redis     ${message}: everything runs without it; the walk leaves out its second act about sessions`));
  return undefined;
}

/** What a service is at the identity provider, and its file. The URL is empty, lest a Redis be used that your own environment names. */
function client(name: ProcessName): Settings {
  const { secret = '' } = SERVICE_ACCOUNTS.get(name) ?? {};
  return { CLIENT_ID: name, CLIENT_SECRET: secret, REVOCATIONS_COPY: join(folder, `${name}.revocations`), REDIS_URL: '' };
}

async function started(...[name, settings]: Parameters<Fleet['start']>): Promise<RunningProcess> {
  const begin = performance.now();
  const service = await fleet.start(name, settings);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`  ${name.padEnd(9)} ${service.url}  ${dim(`after ${seconds} s`)}`);
  for (const { message } of service.log.filter(({ level }) => level !== 'debug'))
    for (const part of message.split('; ')) console.log(dim(`  ${' '.repeat(9)} ${part}`));
  return service;
}

/** Shows what the library logs in a service from now on. */
function printLog(service: RunningProcess): void {
  service.events.on('line', ({ message }) => console.log(dim(`${service.name.padEnd(9)} | ${message}`)));
}
