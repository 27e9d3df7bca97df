import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { signBundle } from '../../../lib/sources/http-bundle/index.js';
import { StubIssuer } from '../../../lib/testing/index.js';
import { temporaryFolder } from '../../files/temporary-folder.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { until } from '../../waiting/until.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { startWithOwnAuthority, type OwnAuthorityServer } from './own-authority.js';

interface Named {
  readonly name: string;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Container {
  readonly ports: readonly [Named & { readonly containerPort: number }];
  readonly env: readonly (Named & { readonly value: string })[];
  readonly envFrom: readonly { readonly configMapRef?: Named; readonly secretRef?: Named }[];
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly volumeMounts: readonly (Named & { readonly mountPath: string; readonly readOnly?: boolean })[];
}
type Labels = Readonly<Record<string, string>>;
/** The members of all kinds of manifests: a test fails if one that it reads is not there. */
interface Manifest {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: Named;
  readonly data: Labels;
  readonly spec: {
    readonly selector: Labels & { readonly matchLabels: Labels };
    readonly podSelector: { readonly matchLabels: Labels };
    readonly ports: readonly [{ readonly targetPort: string }];
    readonly volumeClaimTemplates: readonly [{ readonly metadata: Named }];
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [Container];
        readonly volumes: readonly (Named & { readonly configMap?: Named & { readonly optional?: boolean } })[];
      };
    };
  };
}

const guide = Guide.read('kubernetes');
const manifests = guide.blocks
  .filter(({ language }) => language === 'yaml')
  .flatMap(({ content }) => parseAllDocuments(content).map((document) => document.toJS() as Manifest));
const whole = manifests.filter(({ apiVersion }) => apiVersion !== undefined);

/** @throws if the guide has no such manifest. */
function named(kind: string, name: string): Manifest {
  const found = whole.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`The guide has no ${kind} ${name}.`);
  return found;
}

const deployment = named('Deployment', 'orders');
const { spec: pod, metadata: podMetadata } = deployment.spec.template;
const [container] = pod.containers;
const AUDIENCE = named('ConfigMap', 'orders-env').data['AUDIENCE']!;

describe('the manifests of the guide to Kubernetes', () => {
  it('are documents of Kubernetes, and each has its own name', () => {
    expect(whole.map(({ apiVersion, kind, metadata }) => `${apiVersion!} ${kind} ${metadata.name}`)).toEqual([
      ...['v1 ConfigMap orders-env', 'v1 ConfigMap orders-mapping'],
      ...['apps/v1 Deployment orders', 'v1 Service orders', 'networking.k8s.io/v1 NetworkPolicy orders-egress'],
    ]);
  });

  it('select the pods of the Deployment', () => {
    expect(deployment.spec.selector.matchLabels).toEqual(podMetadata.labels);
    expect(named('Service', 'orders').spec.selector).toEqual(podMetadata.labels);
    expect(named('NetworkPolicy', 'orders-egress').spec.podSelector.matchLabels).toEqual(podMetadata.labels);
  });

  it('name one port in the program, the container, the probes and the Service', () => {
    const [port] = container.ports;
    expect(container.env).toContainEqual({ name: 'PORT', value: String(port.containerPort) });
    expect([container.readinessProbe, container.livenessProbe].map(({ httpGet }) => httpGet.port)).toEqual([
      port.name,
      port.name,
    ]);
    expect(named('Service', 'orders').spec.ports[0].targetPort).toBe(port.name);
  });

  it('have a volume for each mount, and a ConfigMap for each volume that needs one', () => {
    const mounts = container.volumeMounts.map(({ name }) => name);
    expect(pod.volumes.map(({ name }) => name)).toEqual(mounts);
    for (const { configMap } of pod.volumes)
      if (configMap !== undefined && configMap.optional !== true) expect(named('ConfigMap', configMap.name)).toBeDefined();
    const createsSecret = guide.block('kubectl create secret').content;
    for (const { configMapRef, secretRef } of container.envFrom)
      if (configMapRef) expect(named('ConfigMap', configMapRef.name)).toBeDefined();
      else expect(createsSecret).toContain(`secret generic ${secretRef!.name} --from-file=CLIENT_SECRET=`);
    const claims = manifests.find(({ kind }) => kind === 'StatefulSet')?.spec.volumeClaimTemplates;
    expect(mounts).toContain(claims?.[0].metadata.name);
  });

  it('make only the folder of the copies writable', () => {
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
    expect(container.volumeMounts.filter(({ readOnly }) => readOnly !== true)).toEqual([
      { name: 'copies', mountPath: '/var/lib/orders' },
    ]);
  });

  it('leave the process longer to end than the Service needs to remove the pod', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(container.lifecycle.preStop.sleep.seconds);
  });
});

describeWhereInstalled('openssl')('the service of the guide to Kubernetes', () => {
  const root = temporaryFolder();
  const inRoot = (path: string) => join(root, path);
  const MAPPING = '/etc/orders';
  const COPIES = '/var/lib/orders';
  const CA = '/etc/acme-ca';
  let stub: StubIssuer;
  let authority: OwnAuthorityServer;
  let project: GuideProject;
  let isUp = true;
  let mounts = 0;
  let published: string;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '2026-01' }] });

  const answer: RequestListener = (request, response) => {
    const { url = '', headers } = request;
    const { url: issuer } = authority;
    if (!isUp) return void response.writeHead(503).end();
    if (url === '/mapping' && headers.authorization !== 'Bearer service') return void response.writeHead(401).end();
    if (url === '/mapping') return void response.end(published);
    const documents: Record<string, () => unknown> = {
      '/.well-known/openid-configuration': () => ({ issuer, jwks_uri: `${issuer}/jwks`, token_endpoint: `${issuer}/token` }),
      '/token': () => ({ access_token: 'service', token_type: 'Bearer', expires_in: 300 }),
    };
    if (url === '/jwks') return void fetch(stub.jwksUri).then(async (keys) => response.end(await keys.text()));
    const document = documents[url]?.();
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  };

  /** Writes a ConfigMap as kubelet mounts it: the files are links through `..data`, which is replaced at once. */
  async function mount(data: Labels, path: string): Promise<void> {
    const folder = inRoot(path);
    const before = (await readdir(folder).catch(() => [])).filter((name) => /^\.\.\d/.test(name));
    const revision = `..2026_${mounts++}`;
    await mkdir(join(folder, revision), { recursive: true });
    for (const [file, content] of Object.entries(data)) await writeFile(join(folder, revision, file), content);
    await symlink(revision, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    if (before.length === 0) for (const file of Object.keys(data)) await symlink(join('..data', file), join(folder, file));
    for (const old of before) await rm(join(folder, old), { recursive: true });
  }

  /** The variables of the container, with the paths and addresses of this test. PORT is free. */
  function environment(more: Record<string, string> = {}): Record<string, string> {
    const own = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    const env: Record<string, string> = {
      ...own,
      ...named('ConfigMap', 'orders-env').data,
      CLIENT_SECRET: 'a secret',
    };
    return {
      ...env,
      PORT: '0',
      ISSUER: env['ISSUER']!.replace('https://id.acme.com', authority.url),
      NODE_EXTRA_CA_CERTS: inRoot(env['NODE_EXTRA_CA_CERTS']!),
      ...more,
    };
  }

  const token = (...roles: string[]) => stub.token({ iss: authority.url, aud: AUDIENCE, roles });
  const call = (service: RunningGuide, method: string, path: string, ...roles: string[]) =>
    fetch(service.url + path, { method, headers: { authorization: `Bearer ${token(...roles)}` } }).then(({ status }) => status);
  const ready = (service: RunningGuide) => fetch(service.url + container.readinessProbe.httpGet.path);
  const live = (service: RunningGuide) => fetch(service.url + container.livenessProbe.httpGet.path);
  const withUrl = () => environment({ MAPPING_URL: `${authority.url}/mapping` });
  /** Returns a pattern for a line of the log that the guide shows, with the paths and addresses of this test. */
  const line = (containing: string) => {
    const block = guide.block(containing);
    return shown({
      ...block,
      content: block.content.replace('https://id.acme.com', authority.url).replace(MAPPING, inRoot(MAPPING)),
    });
  };
  /** The files of the project, which lies on a read-only file system in the guide. */
  const ownFiles = async () =>
    (await readdir(project.folder, { recursive: true })).filter((file) => !file.startsWith('node_modules')).sort();
  const copies = async () => (await readdir(inRoot(COPIES))).sort();

  const publish = async (...permissions: string[]) => {
    published = await signBundle(
      { roles: { viewer: permissions } },
      {
        key: privateKey,
        kid: '2026-01',
        issuer: 'https://authority.acme.com',
        audience: 'acme-production',
      },
    );
  };

  beforeAll(async () => {
    await publish('orders:read');
    stub = await StubIssuer.start();
    authority = await startWithOwnAuthority(root, answer);
    await mkdir(inRoot(CA), { recursive: true });
    await cp(authority.certificate, inRoot(`${CA}/ca.crt`));
    await mkdir(inRoot(COPIES), { recursive: true });
    await mount(named('ConfigMap', 'orders-mapping').data, MAPPING);
    project = await guide.project({ [MAPPING]: inRoot(MAPPING), [COPIES]: inRoot(COPIES) }, { 'mapping-keys.json': keys });
  });
  afterEach(() => {
    isUp = true;
  });
  afterAll(async () => {
    await stub.stop();
  });

  it('answers its probes, and loads keys from an issuer with a certificate of its own authority', async () => {
    const service = await project.start({ env: environment() });
    expect([(await live(service)).status, (await ready(service)).status]).toEqual([200, 200]);
    expect(await call(service, 'GET', '/orders', 'viewer')).toBe(200);
    expect(await call(service, 'DELETE', '/orders/1', 'viewer')).toBe(403);
    expect(service.output()).toMatch(line('Guarding 4 routes'));
    await service.stop();
  });

  it('has no keys without the certificate, and is ready', async () => {
    await rm(inRoot(`${COPIES}/keys.json`), { force: true });
    const service = await project.start({ env: environment({ NODE_EXTRA_CA_CERTS: '' }) });
    expect(await call(service, 'GET', '/orders', 'viewer')).toBe(503);
    expect((await ready(service)).status).toBe(200);
    await service.prints('DEPTH_ZERO_SELF_SIGNED_CERT');
    await service.stop();
  });

  it('uses a changed ConfigMap without a restart, and keeps the mapping if the change has a fault', async () => {
    const service = await project.start({ env: environment() });
    expect(await call(service, 'DELETE', '/orders/1', 'clerk')).toBe(403);
    const changed = named('ConfigMap', 'orders-mapping').data['mapping.yaml']!.replace(
      'clerk: [orders:read]',
      'clerk: [orders:read, orders:delete]',
    );
    await mount({ 'mapping.yaml': changed }, MAPPING);
    await service.prints(line('is now revision'));
    expect(await call(service, 'DELETE', '/orders/1', 'clerk')).toBe(200);

    await mount({ 'mapping.yaml': 'roles: { clerk: [orders:read, }' }, MAPPING);
    await service.prints('mapping stays at revision');
    expect(await call(service, 'DELETE', '/orders/1', 'clerk')).toBe(200);
    await service.stop();
    await expect(project.start({ env: environment() })).rejects.toThrow('mapping.yaml');
  });

  it('starts from its copies while the issuer and the publisher are down, and writes nowhere else', async () => {
    await rm(inRoot(COPIES), { recursive: true });
    await mkdir(inRoot(COPIES));
    const files = await ownFiles();
    const first = await project.start({ env: withUrl() });
    expect(await call(first, 'GET', '/orders', 'viewer')).toBe(200);
    expect(await (await ready(first)).json()).toMatchObject({ status: 'up', origin: 'network' });
    // A process that ends while it writes a copy leaves a temporary file.
    await until(async () => (await copies()).join() === 'keys.json,mapping');
    await first.stop();

    isUp = false;
    const second = await project.start({ env: withUrl() });
    expect(await call(second, 'GET', '/orders', 'viewer')).toBe(200);
    const body = await (await ready(second)).text();
    expect(body).toMatch(shown(guide.block('"origin":"disk"')));
    await second.stop();
    expect(await ownFiles()).toEqual(files);
    expect(await copies()).toEqual(['keys.json', 'mapping']);
  });

  it('is not ready without a mapping, and lives', async () => {
    await rm(inRoot(COPIES), { recursive: true });
    await mkdir(inRoot(COPIES));
    isUp = false;
    const service = await project.start({ env: withUrl() });
    expect([(await ready(service)).status, (await live(service)).status]).toEqual([503, 200]);
    expect(service.output()).toContain('no mapping loaded from');
    isUp = true;
    await until(async () => (await ready(service)).status === 200);
    await service.stop();
  });

  it('warns of a permission that the mapping does not grant yet', async () => {
    await rm(inRoot(COPIES), { recursive: true }); // a slow start would use the copy of the earlier mapping
    await mkdir(inRoot(COPIES));
    await publish('orders:list');
    const service = await project.start({ env: withUrl() });
    await service.prints('No role grants "orders:read", required by');
    await service.stop();
  });
});
