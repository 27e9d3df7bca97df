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
    `Unknown option ${option}. Run "npm start" to try requests by hand after the walk-through, or "npm start -- --once" to stop after it.`,
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

/** Starts everything, runs the walk-through and, without `--once`, waits for Ctrl-C. */
async function run(): Promise<number> {
  const tour = await Promise.race([startAndWalk(), fleet.failure, interrupted]);
  if (tour === undefined) return 130; // interrupted during the walk-through
  if (!once) {
    console.log(await invitation(tour.shop));
    const { authority, catalog, orders, billing } = tour.shop;
    for (const service of [authority, catalog, orders, billing]) printLog(service);
    await Promise.race([fleet.failure, interrupted]);
  }
  return tour.exitCode;
}

async function startAndWalk() {
  const shop = await start();
  const table = new Table();
  await walk(shop, table);
  const { rows, failures } = table;
  console.log(
    failures === 0
      ? `\n${bold(`All ${rows} results are as expected.`)}`
      : `\n${bold(`${failures} of ${rows} results are not as expected (✗).`)}`,
  );
  return { shop, exitCode: failures === 0 ? 0 : 1 };
}

async function start(): Promise<Shop> {
  console.log(`\n${bold('Starting')} (the identity provider is for development only)`);
  // A copy, so that edits do not change the repository.
  const mappingFile = join(folder, 'roles.yaml');
  await copyFile(MAPPING, mappingFile);
  const signingKeyId = 'created at start';
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

/** Without redis-server everything else runs. In CI that is an error, since a skipped part would go unnoticed. */
async function startedRedis(): Promise<RunningProcess | undefined> {
  if (isInstalled('redis-server')) return started('redis', { FOLDER: folder });
  const message = 'redis-server is not on the PATH';
  if (process.env['CI'] === 'true') throw new Error(`${message}. With CI=true no part is skipped: install redis-server.`);
  console.log(dim(`  redis     ${message}: the walk-through skips the part about Redis; everything else runs`));
  return undefined;
}

/** A service's credentials at the identity provider, and its file. The Redis URL is empty so that a REDIS_URL of your own environment has no effect. */
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

/** Prints further log lines of the library in a service. */
function printLog(service: RunningProcess): void {
  service.events.on('line', ({ message }) => console.log(dim(`${service.name.padEnd(9)} | ${message}`)));
}
