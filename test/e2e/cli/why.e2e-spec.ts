import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keySource } from '../../../lib/authentication/index.js';
import { StubIssuer, type StubTokenHeader } from '../../../lib/testing/index.js';
import { nowSeconds } from '../../tokens/now-seconds.js';
import { fixture, ran } from '../../unit/cli/ran.js';

let issuer: StubIssuer;
let folder: string;
let config: string;
let jwks: string;
const file = (name: string, content: object | string) => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, name);
};
const mapping = {
  revision: 'r1',
  roles: { viewer: ['orders:read'], clerk: { inherits: ['viewer'], permissions: ['orders:create'] } },
};
const good = (claims: object = {}, header: StubTokenHeader = {}) =>
  issuer.token({ aud: 'orders', roles: ['viewer'], ...claims }, header);

beforeAll(async () => {
  issuer = await StubIssuer.start();
  folder = mkdtempSync(join(tmpdir(), 'why-'));
  config = file('authz.json', { issuer: issuer.url, audience: 'orders', mapping });
  jwks = file('jwks.json', (await (await fetch(issuer.jwksUri)).json()) as object);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await issuer.stop();
});

/** Runs the command and checks that its output contains no part of the token. */
async function why(token: string, args: readonly string[] = ['--config', config, '--require', 'orders:read'], stdin = token) {
  const did = await ran(['why', '--token', '-', ...args], { stdin });
  const json = await ran(['why', '--token', '-', ...args, '--json'], { stdin });
  for (const { out, err } of [did, json]) keepsQuiet(token, out + err);
  expect(json.code).toBe(did.code);
  return { code: did.code, out: did.out, err: did.err, json: json.json as Report };
}

interface Report {
  readonly outcome: string;
  readonly reason?: string;
  readonly remedy: string;
  readonly steps: readonly {
    readonly step: string;
    readonly state: string;
    readonly reason?: string;
    readonly found: string[];
  }[];
  readonly error?: { readonly message: string };
}

function keepsQuiet(token: string, written: string): void {
  for (const part of token.trim().split('.')) if (part.length > 8) expect(written).not.toContain(part);
}

const step = ({ steps }: Report, name: string) => steps.find((found) => found.step === name);

/** Creates a token that is signed with a secret. */
function sharedSecretToken(): string {
  const claims = { iss: issuer.url, sub: 'carl', aud: 'orders', exp: nowSeconds() + 60, roles: ['viewer'] };
  const input = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${createHmac('sha256', 'secret').update(input).digest('base64url')}`;
}

describe('nestjs-authz why', () => {
  it('shows the result of each step for an accepted token', async () => {
    const { code, out, err, json } = await why(good({ scope: 'openid mail' }));
    expect([code, err, json.outcome]).toEqual([0, '', 'accepted']);
    expect(json.steps.map(({ step: name, state }) => [name, state])).toEqual([
      ['shape', 'ok'],
      ['header', 'ok'],
      ['issuer', 'ok'],
      ['kind', 'ok'],
      ['key', 'ok'],
      ['signature', 'ok'],
      ['times', 'ok'],
      ['audience', 'ok'],
      ['claims', 'ok'],
      ['caller', 'ok'],
      ['scopes', 'ok'],
      ['roles', 'ok'],
      ['mapping', 'ok'],
      ['permissions', 'ok'],
      ['require orders:read', 'ok'],
      ['revocation', 'unchecked'],
    ]);
    expect(out).toMatch(/^times +ok +issued .* \(\d s ago\), expires .* \(in \d+ (s|min)\)$/m);
    expect(out).toMatch(/^caller +ok +subject "test-subject", client "test-client", no tenant$/m);
    expect(out).toMatch(/^roles +ok +"viewer" \(from "roles"\)$/m);
    expect(out).toMatch(/^require orders:read +ok +granted "orders:read" by viewer$/m);
    expect(out).toMatch(/\nAccepted: a handler that requires orders:read lets the caller in\.\n$/);
  });

  it.each<[string, (token: string) => string]>([
    ['a line end', (token) => `${token}\n`],
    ['Bearer', (token) => `Bearer ${token}`],
    ['the whole header', (token) => `Authorization: Bearer ${token}\r\n`],
  ])('accepts a token with %s', async (_, written) => {
    const token = good();
    expect((await why(token, undefined, written(token))).code).toBe(0);
  });

  /** Title, token, reason and expected lines. */
  const REFUSED: readonly [string, () => string, string, RegExp][] = [
    [
      'for another audience',
      () => good({ aud: 'order' }),
      'audience_mismatch',
      /^audience .*[^]*Received: aud "order"\.[^]*Expected: "orders"\./m,
    ],
    [
      'that has expired',
      () => good({ exp: nowSeconds() - 600 }),
      'token_expired',
      /^times .*[^]*Received: exp .*, 10 min ago\./m,
    ],
    [
      'that is not valid yet',
      () => good({ nbf: nowSeconds() + 600 }),
      'token_not_yet_valid',
      /Received: nbf .*, 10 min from now\./,
    ],
    [
      'that is an ID token',
      () => good({ nonce: 'n', at_hash: 'h' }, { typ: 'JWT' }),
      'not_access_token',
      /Have the client send the access token/,
    ],
    [
      'with an unknown kid',
      () => good({}, { kid: 'of-staging' }),
      'key_unknown',
      /Received: kid "of-staging" with alg "RS256"\./,
    ],
    ['with another signature', () => forged(good()), 'signature_invalid', /^signature +refused +signature_invalid/m],
    ['with HS256', sharedSecretToken, 'algorithm_not_allowed', /signed with a shared secret/],
    ['without a subject', () => good({ sub: undefined }), 'claims_invalid', /Received: claim "sub": absent\./],
    ['that is not a token', () => 'garbage-garbage', 'token_malformed', /It is opaque/],
    ['that is the word null', () => 'null', 'token_malformed', /before it has a token/],
    [
      'without roles, as of Auth0',
      () => good({ roles: undefined, sub: 'auth0|64f' }),
      'permission_missing',
      /Auth0 writes no roles by itself/,
    ],
    [
      'with its roles elsewhere',
      () => good({ roles: undefined, realm_access: { roles: ['viewer'] } }),
      'permission_missing',
      /realm_access\.roles/,
    ],
    ['with a role as a string', () => good({ roles: 'viewer' }), 'claim_unreadable', /one-or-many/],
    ['with the role Viewer', () => good({ roles: ['Viewer'] }), 'permission_missing', /"Viewer" \(did you mean "viewer"\?\)/],
    ['with a role without the permission', () => good({ roles: [] }), 'permission_missing', /Roles that give it: viewer, clerk/],
    ['that is bound to a key', () => good({ cnf: { jkt: 'x' } }), 'binding_mismatch', /^possession +refused +binding_mismatch/m],
  ];
  const forged = (token: string) => `${token.slice(0, token.lastIndexOf('.'))}.${good().split('.')[2]}`;

  it.each(REFUSED)('reports why a token %s is refused', async (_, token, reason, lines) => {
    const { code, out, json } = await why(token());
    expect([code, json.outcome, json.reason]).toEqual([1, 'refused', reason]);
    expect(out).toMatch(lines);
    expect(out).toMatch(new RegExp(`\nRefused: a service logs ${reason}\\. .+\n$`));
  });

  it('continues after the first fault: an expired token still shows its roles', async () => {
    const { json } = await why(good({ exp: nowSeconds() - 600, aud: 'other', roles: ['clerk'] }));
    expect(json.steps.filter(({ state }) => state === 'refused').map(({ step: name }) => name)).toEqual(['times', 'audience']);
    expect(step(json, 'roles')?.found[0]).toBe('"clerk" (from "roles")');
    expect(step(json, 'require orders:read')?.state).toBe('ok');
  });

  it('reports an issuer that differs only by a slash, and continues with the rules of the configured issuer', async () => {
    const args = ['--issuer', `${issuer.url}/`, '--audience', 'orders'];
    const { code, out, json } = await why(good(), args);
    expect([code, json.reason]).toEqual([1, 'issuer_unknown']);
    expect(out).toContain(`It differs from "${issuer.url}/" by a slash at the end only.`);
    expect(out).toContain(`the other steps use the rules of "${issuer.url}/"`);
    expect(step(json, 'roles')?.found[0]).toBe('"viewer" (from "roles")');
  });

  it('accepts a token without --require, and shows why handlers may refuse the caller', async () => {
    const { code, out } = await why(good({ roles: ['Viewer'] }), ['--config', config]);
    expect(code).toBe(0);
    expect(out).toMatch(/\nAccepted: the token is valid\. .* Write the role in the mapping exactly as the issuer names it/);
  });

  it('checks several permissions', async () => {
    const { code, json } = await why(good(), ['--config', config, '--require', 'orders:read', '--require', 'orders:create']);
    expect([code, json.reason]).toEqual([1, 'permission_missing']);
    expect(step(json, 'require orders:create')?.found.join()).toContain('Roles that give it: clerk');
  });

  it('reads roles from the claims of --role-claim', async () => {
    const flags = [
      '--issuer',
      issuer.url,
      '--audience',
      'orders',
      '--mapping',
      fixture('mapping.yaml'),
      '--require',
      'orders:read',
    ];
    const token = good({ roles: undefined, 'https://acme.com/roles': ['viewer'] });
    expect((await why(token, flags)).code).toBe(1);
    expect((await why(token, [...flags, '--role-claim', 'https://acme.com/roles'])).code).toBe(0);
  });
});

describe('nestjs-authz why, by source of the keys', () => {
  const decided = (args: readonly string[], claims: object = {}) => why(good(claims), ['--config', config, ...args]);

  it('decides offline with a file of keys', async () => {
    const before = issuer.keyRequests;
    expect((await decided(['--offline', '--jwks', jwks])).code).toBe(0);
    expect(issuer.keyRequests).toBe(before);
  });

  it('does not decide offline without keys, and fetches no keys', async () => {
    const before = issuer.keyRequests;
    const { code, out, json } = await decided(['--offline']);
    expect([code, json.outcome, issuer.keyRequests]).toEqual([2, 'undecided', before]);
    expect(out).toMatch(/^key +not checked +offline, and no keys are given with --jwks$/m);
    expect(out).toMatch(/\nNot decided\. The signature was not checked\. Write --jwks <file>/);
  });

  it('reports faults other than the signature offline without keys', async () => {
    const { code, json } = await decided(['--offline'], { aud: 'other' });
    expect([code, json.reason]).toEqual([1, 'audience_mismatch']);
  });

  it('uses the keys that the service stored on disk, and does not write to that file', async () => {
    const jwksFile = join(folder, 'kept-keys.json');
    const args = ['--config', file('kept.json', { issuer: { issuer: issuer.url, jwksFile }, audience: 'orders' })];
    expect((await why(good(), args)).code).toBe(0);
    expect((await why(good(), [...args, '--offline'])).json.outcome).toBe('undecided');
    await keySource({ issuer: issuer.url, jwksUri: issuer.jwksUri, jwks: undefined, jwksFile, allowHttp: false }).fetch();
    expect((await why(good(), [...args, '--offline'])).json.outcome).toBe('accepted');
  });

  it('reports why the issuer is unreachable', async () => {
    issuer.goDown();
    const { code, out, json } = await decided([]);
    issuer.comeBack();
    expect([code, json.reason]).toEqual([1, 'keys_unavailable']);
    expect(out).toMatch(/GET http:.*openid-configuration: .*503/);
  });

  it('reports that the keys of --jwks are not those of the issuer', async () => {
    const other = await StubIssuer.start();
    const keys = file('other.json', (await (await fetch(other.jwksUri)).json()) as object);
    await other.stop();
    expect((await decided(['--jwks', keys])).json.reason).toBe('key_unknown');
  });
});

describe('nestjs-authz why, with wrong usage', () => {
  it.each<[string, (token: string) => readonly string[]]>([
    ['as the value of --token', (token) => ['--token', token]],
    ['behind Bearer', (token) => ['--token', `Bearer ${token}`]],
    ['as an argument', (token) => [token]],
    ['as --token=…', (token) => [`--token=${token}`]],
    ['as another option', (token) => ['--token', '-', '--config', token]],
    ['as an option that there is not', (token) => [`--${token}`]],
    ['of another command', (token) => ['--', token]],
  ])('refuses a token %s without repeating it', async (_, args) => {
    for (const more of [[], ['--json']]) {
      const token = good();
      const { code, out, err } = await ran(['why', ...args(token), ...more]);
      keepsQuiet(token, out + err);
      expect(code).toBe(2);
      expect(out + err).toContain('A token was written on the command line');
    }
  });

  it.each([
    ['', /There is no token in standard input: it is empty\./],
    ['\n', /There is no token in standard input: it is empty\./],
  ])('reports that standard input %j contains no token', async (stdin, message) => {
    const { code, err } = await ran(['why', '--token', '-', '--config', config], { stdin });
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it.each<[readonly string[], RegExp]>([
    [[], /Write --config <file>, or --issuer <url> and --audience <name>/],
    [['--issuer', 'id.acme.com', '--audience', 'x'], /^nestjs-authz: "issuer" must be an absolute https URL/],
    [['--issuer', 'http://id.acme.com', '--audience', 'x'], /over http can be replaced on the way/],
    [['--issuer', 'https://id.acme.com', '--audience', 'x', '--require', 'orders:read'], /--require needs the mapping/],
    [['--issuer', 'https://id.acme.com', '--audience', 'x', '--require', 'orders:*'], /It must be one permission/],
    [['--issuer', 'https://id.acme.com', '--audience', 'x', '--jwks', 'nowhere.json'], /nowhere\.json cannot be read/],
    [
      ['--issuer', 'https://id.acme.com', '--audience', 'x', '--offline', '--jwks', 'https://id.acme.com/jwks'],
      /--offline fetches nothing/,
    ],
  ])('reports the fault in %j', async (args, message) => {
    const { code, err } = await ran(['why', '--token', '-', ...args], { stdin: 'a.b.c' });
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it('shows claims escaped and shortened', async () => {
    const evil = 'evil\nshape  ok\u001b[2J\u202e';
    const token = good(
      { sub: evil, roles: [evil, 'x'.repeat(200)], scope: [evil], aud: evil, tid: evil },
      {
        kid: 'k\u001b',
      },
    );
    const { out } = await why(token);
    expect(/[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u.test(out)).toBe(false);
    expect(out.match(/^shape/gm)).toHaveLength(1);
    expect(out).not.toContain('x'.repeat(100));
  });
});

describe('the built command line', () => {
  const built = (args: readonly string[], stdin: string) =>
    new Promise<{ code: number | null; out: string }>((resolve, reject) => {
      const child = spawn(process.execPath, ['dist/cli/main.js', 'why', ...args]);
      let out = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (out += String(data)));
      child.on('error', reject).on('close', (code) => resolve({ code, out }));
      child.stdin.end(stdin);
    });

  it('reads the token on standard input', async () => {
    const token = good();
    const accepted = await built(['--token', '-', '--config', config, '--require', 'orders:read'], `Bearer ${token}\n`);
    expect(accepted).toEqual({ code: 0, out: expect.stringContaining('Accepted: ') });
    keepsQuiet(token, accepted.out);
    const refused = await built(['--token', '-', '--config', config, '--require', 'orders:create'], token);
    expect(refused).toEqual({ code: 1, out: expect.stringContaining('Refused: a service logs permission_missing') });
    expect(await built(['--token', '-', '--config', config], '')).toEqual({
      code: 2,
      out: 'nestjs-authz: There is no token in standard input: it is empty.\n',
    });
  });

  it('reads the options of the application, and exits although they keep the event loop alive', async () => {
    const options = `{ issuer: { issuer: ${JSON.stringify(issuer.url)}, roles: 'groups' }, audience: 'orders', mapping: ${JSON.stringify(mapping)} }`;
    const module = file('options.mjs', `setInterval(() => undefined, 1000);\nexport default async () => (${options});`);
    const { code, out } = await built(
      ['--token', '-', '--config', module, '--require', 'orders:read'],
      good({ groups: ['viewer'] }),
    );
    expect([code, out]).toEqual([0, expect.stringMatching(/^roles +ok +"viewer" \(from "groups"\)$/m)]);
  });
});

describe('nestjs-authz why, about conditions', () => {
  const conditional = (...args: readonly string[]) => {
    const when = 'resource.ownerId == principal.subject && resource.team in principal.claims.teams && context.ip == "::1"';
    const roles = { viewer: [{ permission: 'orders:read', when }] };
    const shown = file('conditional.json', { roles, requires: { 'orders:read': { acr: 'mfa' } } });
    return why(good({ sub: 'carl', teams: ['red'], acr: 'mfa' }), [
      ...['--config', config, '--mapping', shown, '--require', 'orders:read', '--context', '{"ip":"::1"}'],
      ...args,
    ]);
  };

  it('does not decide about a permission that depends on the resource', async () => {
    const { code, out, json } = await conditional();
    expect([code, json.outcome]).toEqual([2, 'undecided']);
    expect(out).toContain('Not checked: require orders:read, because it depends on the resource: write --resource <object>.');
    expect(json).toMatchObject({ mapping: { granted: [], conditionalGrants: [{ permission: 'orders:read' }] } });
  });

  it('decides for a resource, and shows the part of the condition that refuses', async () => {
    expect(await conditional('--resource', '{"ownerId":"carl","team":"red"}')).toMatchObject({ code: 0 });
    const { code, out, json } = await conditional('--resource', file('order.yaml', 'ownerId: carl\nteam: blue\n'));
    expect([code, json.reason]).toEqual([1, 'condition_unmet']);
    expect(out).toContain(
      'false    resource.team in principal.claims.teams  (resource.team: "blue", principal.claims.teams: ["red"])',
    );
  });

  it('needs --require with a resource', async () => {
    const { code, err } = await why(good(), ['--config', config, '--resource', '{}']);
    expect(code).toBe(2);
    expect(err).toContain('--resource and --context need --require <permission>.');
  });
});
