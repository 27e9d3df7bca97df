import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { StubIssuer } from '../../../lib/testing/index.js';
import { temporaryFolder } from '../../files/temporary-folder.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { LoopbackServer, status } from '../../servers/loopback-server.js';
import { startRedis, type RedisServer } from '../../servers/redis.js';
import { fixture } from '../../unit/cli/ran.js';
import { Document, type CodeBlock } from '../documents.js';
import { consoleSteps } from '../guides/console-steps.js';

const blocks = Document.read('lib/cli/README.md').blocks();
const consoles = blocks.filter(({ language }) => language === 'console');
const compared = new Set<CodeBlock>();

/** Returns the only block that contains a string. */
function block(containing: string): CodeBlock {
  const found = blocks.filter(({ content }) => content.includes(containing));
  if (found.length !== 1) throw new Error(`${found.length} blocks contain "${containing}": expected one.`);
  return found[0]!;
}

/** A folder in which `nestjs-authz` is the built command line. */
class Shell {
  readonly folder = temporaryFolder();
  env: Record<string, string> = {};
  /** Text of the document, and what this run has in its place. */
  places: Record<string, string> = {};

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.write('nestjs-authz', `#!/bin/sh\nexec "${process.execPath}" "${resolve('dist/cli/main.js')}" "$@"\n`);
    chmodSync(join(this.folder, 'nestjs-authz'), 0o755);
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }

  /** Copies a fixture of the command line. */
  copy(name: string, as: string): void {
    copyFileSync(fixture(name), join(this.folder, as));
  }

  /** Returns what a command prints on stdout and stderr. Its exit code does not matter: documents show failures, too. */
  async printedBy(command: string): Promise<string> {
    const places = Object.entries(this.places);
    const here = places.reduce((text, [shown, real]) => text.replaceAll(shown, real), command);
    const env = { ...process.env, NO_COLOR: '1', PATH: `${this.folder}${delimiter}${process.env['PATH'] ?? ''}`, ...this.env };
    const printed = await new Promise<string>((resolve) => {
      execFile('bash', ['-uo', 'pipefail', '-c', here], { cwd: this.folder, env }, (_, stdout, stderr) => {
        resolve(stdout + stderr);
      });
    });
    return places.reduce((text, [shown, real]) => text.replaceAll(real, shown), printed);
  }

  /** Runs each command of a block and compares its output with the block. */
  async follows(shown: CodeBlock): Promise<void> {
    compared.add(shown);
    for (const { command, output } of consoleSteps(shown))
      expect([command, comparable(await this.printedBy(command))]).toEqual([command, comparable(output.content)]);
  }
}

/** A mapping with a condition. */
const ORDERS = `resources:
  orders: { ownerId: string, amount: number, isDraft: boolean }
roles:
  clerk:
    - orders:read
    - permission: orders:update
      when: resource.ownerId == principal.subject && resource.amount < 1000
`;

/** Replaces what differs in each run: times, sequences (milliseconds), and the length of a token. */
function comparable(output: string): string {
  return output
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/\b\d{13}\b/g, '<sequence>')
    .replace(/\(\d+ s ago\)/g, '(<age>)')
    .replace(/\(in [45] min\)/g, '(<rest>)')
    .replace(/of \d+ characters/g, 'of <n> characters')
    .replace(/[ \t]+$/gm, '')
    .trim();
}

describe('the commands in the README of the command line', () => {
  const shell = new Shell();
  let issuer: StubIssuer;

  beforeAll(async () => {
    issuer = await StubIssuer.start();
  });
  afterAll(() => issuer.stop());
  beforeEach(() => {
    shell.copy('mapping.yaml', 'mapping.yaml');
  });

  it('print the shown faults and warnings of a mapping', async () => {
    shell.write('mapping.yaml', "# mapping.yaml\nroles:\n  viewer: [orders:read, 'orders:*']\n  clerk: {}\n");
    await shell.follows(block('nestjs-authz lint mapping.yaml --strict'));
  });

  it('print the shown result of a matrix', async () => {
    shell.write(
      'mapping.yaml',
      `
roles:
  viewer: [orders:read]
  clerk: { inherits: [viewer], permissions: [orders:create, orders:delete] }
  manager: ['orders:*']
tenants:
  acme:
    roles:
      manager: { permissions: ['orders:*'], deny: [orders:delete] }
`,
    );
    shell.write('matrix.yaml', block('# matrix.yaml').content);
    await shell.follows(block('nestjs-authz test mapping.yaml matrix.yaml'));
  });

  it('print the shown result of a matrix with resources', async () => {
    shell.write('orders.yaml', ORDERS);
    shell.write('orders-matrix.yaml', block('# orders-matrix.yaml').content);
    await shell.follows(block('nestjs-authz test orders.yaml'));
  });

  it('explain a permission for a resource', async () => {
    shell.write('orders.yaml', ORDERS);
    await shell.follows(block('nestjs-authz explain orders.yaml'));
  });

  it('compare conditions', async () => {
    const auditor = (when: string) => `  auditor: [{ permission: 'orders:read', when: ${when} }]\n`;
    shell.write('orders.yaml', `${ORDERS}${auditor("'!resource.isDraft'")}`);
    shell.write(
      'orders-after.yaml',
      `${ORDERS.replace('1000', '5000').replace('amount: number', 'amount: number, teamId: string')}${auditor('resource.teamId in principal.claims.teams')}requires:\n  orders:update: { acr: mfa, maxAgeSeconds: 300 }\n`,
    );
    await shell.follows(block('nestjs-authz diff orders.yaml'));
  });

  it('explain a permission of roles', () => shell.follows(block('nestjs-authz explain mapping.yaml --role')));

  it('explain a permission', () => shell.follows(block('nestjs-authz explain mapping.yaml orders:create')));

  it('explain a refused token', async () => {
    const jwks = (await (await fetch(issuer.jwksUri)).json()) as { keys: { alg: string; kid: string }[] };
    const keys = jwks.keys.filter(({ alg }) => alg === 'RS256').map((key) => ({ ...key, kid: '2026-01' }));
    const options = { issuer: { issuer: 'https://id.acme.com', jwks: { keys } }, audience: 'orders', mapping: 'mapping.yaml' };
    shell.write('authz.json', JSON.stringify(options));
    const claims = { iss: 'https://id.acme.com', sub: 'carl', client_id: 'shop', aud: 'orders', roles: ['Viewer'] };
    shell.env = { TOKEN: issuer.token(claims, { kid: '2026-01' }) };
    await shell.follows(block('nestjs-authz why --token'));
  });

  it('accept the shown configuration', async () => {
    shell.write('authz.json', block('"preset": "keycloak"').content);
    const claims = { iss: 'https://id.acme.com/realms/acme', typ: 'Bearer', aud: 'orders', realm_access: { roles: ['viewer'] } };
    shell.env = { TOKEN: issuer.token(claims) };
    expect(await shell.printedBy('nestjs-authz why --token env:TOKEN --config authz.json --offline')).toMatch(
      /^roles +ok +"viewer" \(from "realm_access.roles"\)$[^]*^mapping +ok +revision 2026-01$/m,
    );
  });

  it('compare two mappings', async () => {
    const commit = 'git init -q -b main && git add mapping.yaml && git -c user.name=a -c user.email=a@acme.com commit -qm before';
    expect(await shell.printedBy(commit)).toBe('');
    shell.copy('after.yaml', 'mapping.yaml');
    await shell.follows(block('nestjs-authz diff - mapping.yaml'));
  });

  it('import the roles of Keycloak', async () => {
    shell.copy('realm-export.json', 'realm-export.json');
    await shell.follows(block('nestjs-authz import keycloak'));
  });
});

describe('the renames in the README of the command line', () => {
  const shell = new Shell({
    'rename.yaml': block('Order Manager: order-manager').content,
    'roles.csv': 'name\nOrder Manager\nviewer\n',
    'role_permissions.csv':
      'role,permission,effect\nOrder Manager,ORDER_ALL,allow\nviewer,ORDER_READ,allow\nviewer,orders:del*,deny\n',
  });

  it('give roles and permissions of tables new names', async () => {
    await shell.printedBy('nestjs-authz import csv . --rename rename.yaml -o mapping.yaml');
    expect(parse(readFileSync(join(shell.folder, 'mapping.yaml'), 'utf8'))).toMatchObject({
      roles: {
        'order-manager': { permissions: ['orders:*'] },
        viewer: { permissions: ['orders:read'], deny: ['orders:delegate', 'orders:delete'] },
      },
    });
  });
});

describe('the commands for bundles in the README of the command line', () => {
  const shell = new Shell();

  beforeAll(async () => {
    await shell.printedBy(block('openssl genpkey').content);
    shell.copy('mapping.yaml', 'mapping.yaml');
  });

  it('sign and verify a mapping', () => shell.follows(block('nestjs-authz sign mapping.yaml')));

  describeWhereInstalled('redis-server')('with Redis', () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.stop());

    it('publish a mapping', async () => {
      const authority = await LoopbackServer.start(status(204));
      shell.places = { 'https://authority.acme.com': authority.url, '/srv/www': shell.folder };
      shell.env = { REDIS_URL: redis.url, AUTHORIZATION: 'Bearer token' };
      await shell.follows(block('nestjs-authz publish mapping.jws'));
    });
  });

  it('sign an earlier mapping again', async () => {
    copyFileSync(join(shell.folder, 'mapping.jws'), join(shell.folder, 'mapping-before.jws'));
    shell.places = { 'npx nestjs-authz': 'nestjs-authz', '/srv/www': shell.folder };
    expect(await shell.printedBy(block('rollback mapping-before.jws').content)).toMatch(
      /^Revision 2026-01 .* is written to \/srv/,
    );
  });

  it('roll a mapping back', async () => {
    const bundle = readFileSync(join(shell.folder, 'mapping.jws'));
    const authority = await LoopbackServer.start((_, response) => void response.end(bundle));
    shell.places = { 'https://authority.acme.com': authority.url };
    shell.env = { AUTHORIZATION: 'Bearer token' };
    await shell.follows(block('nestjs-authz rollback https'));
  });
});

describeWhereInstalled('redis-server')('the commands for revocations in the README of the command line', () => {
  const shell = new Shell();
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await startRedis();
    shell.env = { REDIS_URL: redis.url };
  });
  afterEach(() => redis.stop());

  it('revoke all tokens', () => shell.follows(block('nestjs-authz revoke everything')));

  it('revoke, list and restore', () => shell.follows(block('nestjs-authz revocations list')));

  // The last test of the suite: those before it have run.
  it('are all run', () => {
    expect(consoles.filter((one) => !compared.has(one)).map(({ line }) => line)).toEqual([]);
  });
});
