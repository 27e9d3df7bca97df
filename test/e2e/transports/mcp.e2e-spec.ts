import type { ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Client, StreamableHTTPClientTransport, type CallToolResult } from '@modelcontextprotocol/client';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { RevocationRule } from '../../../lib/index.js';
import { StubIssuer, type StubTokenClaims } from '../../../lib/testing/index.js';
import { forkAppOnFreePorts } from '../../servers/fork-app.js';
import { nowSeconds } from '../../tokens/now-seconds.js';

const DENIED = 'The access token does not allow this request';
const MISSING = 'An access token is required';
const INVALID = 'The access token is invalid';
/** Must be named if headers are a list. */
const HOST = ['Host', '127.0.0.1'];

/** Headers as alternating names and values, so that a name may occur twice. */
type HeaderList = readonly string[];

/** The response of an MCP server to one message, as JSON or as an event. */
interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

describe.each(['Express', 'Fastify'])('MCP servers (@rekog/mcp-nest) on %s', (adapter) => {
  let child: ChildProcess;
  let issuer: StubIssuer;
  let port: number;
  const clients: Client[] = [];
  beforeAll(async () => {
    issuer = await StubIssuer.start();
    const script = new URL('mcp-app.mjs', import.meta.url);
    const app = await forkAppOnFreePorts(1, script, ([free]) => [String(free), issuer.url, adapter]);
    child = app.child;
    port = app.ports[0];
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(async () => {
    child.kill();
    await issuer.stop();
  });

  const tokenOf = (role: string, claims: StubTokenClaims = {}) =>
    issuer.token({ aud: 'orders', roles: [role], sub: role, iat: nowSeconds() - 5, ...claims });
  const bearer = (token: string): HeaderList => ['Authorization', `Bearer ${token}`];

  const connect = async (server: string, token?: string, mode: 'legacy' | 'auto' = 'legacy'): Promise<Client> => {
    const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } });
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const url = new URL(`http://127.0.0.1:${port}/${server}`);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    clients.push(client);
    return client;
  };
  const post = async (server: string, headers: HeaderList, message: object): Promise<Reply> => {
    const given = [...HOST, 'Content-Type', 'application/json', 'Accept', 'application/json, text/event-stream', ...headers];
    const sent = request({ host: '127.0.0.1', port, path: `/${server}`, method: 'POST', headers: given });
    const [response] = (await once(sent.end(JSON.stringify(message)), 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  };
  const callOf = (name: string, more: object = {}) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: {}, ...more },
  });
  const call = (server: string, headers: HeaderList, what: string | object = 'read') =>
    post(server, headers, typeof what === 'string' ? callOf(what) : what);
  const tell = async (message: { readonly revoke: RevocationRule } | { readonly lines: true }): Promise<readonly string[]> => {
    child.send(message);
    const [answer] = (await once(child, 'message')) as [{ readonly lines: readonly string[] }];
    return answer.lines;
  };
  /** The result of a tool, as JSON. */
  const said = ({ content, isError }: CallToolResult): unknown => {
    const [first] = content;
    if (first?.type !== 'text') return first;
    return isError === true ? { error: first.text } : (JSON.parse(first.text) as unknown);
  };

  describe.each([
    ['mcp', 'legacy'],
    ['mcp', 'auto'],
    ['sessions', 'legacy'],
    ['sessions', 'auto'],
    ['bare', 'legacy'],
    ['bare', 'auto'],
  ] as const)('at /%s, for a client of the protocol %s', (server, mode) => {
    let viewer: Client;
    beforeEach(async () => (viewer = await connect(server, tokenOf('viewer'), mode)));
    const ask = async (name: string, args: Record<string, unknown> = {}) =>
      said(await viewer.callTool({ name, arguments: args }));

    it('runs a tool as its caller, for parameters and for Authz', async () => {
      const known = { subject: 'viewer', current: 'viewer', canRemove: false };
      expect(await ask('read', { id: 7 })).toEqual({ data: { id: 7 }, ...known });
    });

    it.each(['remove', 'assertive', 'undecorated'])(
      'refuses the tool %s as an error of the tool, without a reason or a stack',
      async (name) => {
        expect(await viewer.callTool({ name, arguments: {} })).toMatchObject({
          isError: true,
          content: [{ type: 'text', text: DENIED }],
        });
      },
    );

    it('does not change an argument that looks like an envelope with a token', async () => {
      const args = { $authz: { authorization: `Bearer ${tokenOf('admin')}` }, data: 1 };
      expect(await ask('open', args)).toEqual({ data: args });
      expect(await ask('remove', args)).toEqual({ error: DENIED });
    });

    it('guards resources and prompts, and refuses them as errors of JSON-RPC', async () => {
      expect(await viewer.readResource({ uri: 'orders://all' })).toMatchObject({ contents: [{ text: 'viewer' }] });
      expect(await viewer.getPrompt({ name: 'summary' })).toMatchObject({ messages: [{ content: { text: 'viewer' } }] });
      await expect(viewer.readResource({ uri: 'orders://secret' })).rejects.toMatchObject({ code: -32603, message: DENIED });
      await expect(viewer.getPrompt({ name: 'secret' })).rejects.toMatchObject({ code: -32603, message: DENIED });
    });
  });

  describe('whose endpoint is a controller', () => {
    const challenge =
      /^Bearer realm="api", .*resource_metadata="https:\/\/orders\.acme\.test\/\.well-known\/oauth-protected-resource\/mcp"/;

    it.each<[string, number, string, () => HeaderList]>([
      ['without a token', 401, MISSING, () => []],
      ['with an invalid token', 401, INVALID, () => bearer('x')],
      ['with an expired token', 401, 'The access token expired', () => bearer(tokenOf('viewer', { exp: nowSeconds() - 1 }))],
      ['with a token for another service', 401, INVALID, () => bearer(tokenOf('viewer', { aud: 'invoices' }))],
    ])('responds to a request %s with %i and where to get a token, before any tool', async (_name, status, message, headers) => {
      for (const [server, tool] of [
        ['mcp', 'read'],
        ['mcp', 'open'],
        ['mcp', 'dynamic'],
        ['sessions', 'read'],
      ] as const) {
        const answer = await call(server, headers(), tool);
        expect({ status: answer.status, body: JSON.parse(answer.body) as unknown }).toMatchObject({ status, body: { message } });
        expect(String(answer.headers['www-authenticate'])).toMatch(challenge);
      }
    });

    it('responds with 400 to two tokens', async () => {
      const token = tokenOf('viewer');
      expect((await call('mcp', [...bearer(token), ...bearer(token)])).status).toBe(400);
    });

    it('is closed and named at start if it has no decorator; so is a tool', async () => {
      expect((await call('undecorated', bearer(tokenOf('admin')))).status).toBe(403);
      const warnings = (await tell({ lines: true })).filter((line) => line.startsWith('WARN Every call to'));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(
        /Orders\.undecorated, .*Endpoint#3\.post, Endpoint#3\.get, Endpoint#3\.delete is refused: no decorator/,
      );
    });

    it('lets an admitted caller use a tool that was registered at run time, which no message guard checks', async () => {
      expect((await call('mcp', bearer(tokenOf('none')), 'dynamic')).body).toContain('reached');
    });

    it.each(['legacy', 'auto'] as const)('gives Authz the caller of such a tool, for the protocol %s', async (mode) => {
      const ask = async (role: string) => {
        const client = await connect('mcp', tokenOf(role), mode);
        return said(await client.callTool({ name: 'dynamicRemove', arguments: {} }));
      };
      expect(await ask('admin')).toBe('removed');
      expect(await ask('viewer')).toEqual({ error: DENIED });
    });

    it('reads a cookie if tokenFrom names it, and not from a page of another site', async () => {
      const cookie = ['Cookie', `session=${tokenOf('viewer')}`];
      expect((await call('mcp', [...cookie, 'Sec-Fetch-Site', 'same-origin'])).body).toContain('viewer');
      expect((await call('mcp', [...cookie, 'Sec-Fetch-Site', 'cross-site', 'Origin', 'https://evil.test'])).status).toBe(401);
    });
  });

  describe('whose endpoint is mounted by the transport itself, without a guard', () => {
    it.each<[string, string, () => HeaderList]>([
      ['no token', MISSING, () => []],
      ['an invalid token', INVALID, () => bearer('x')],
      ['an expired token', 'The access token expired', () => bearer(tokenOf('viewer', { exp: nowSeconds() - 1 }))],
      [
        'two tokens',
        'The request carries more than one access token',
        () => [...bearer(tokenOf('viewer')), ...bearer(tokenOf('viewer'))],
      ],
      [
        'the cookie of another site',
        MISSING,
        () => ['Cookie', `session=${tokenOf('viewer')}`, 'Sec-Fetch-Site', 'cross-site', 'Origin', 'https://evil.test'],
      ],
    ])('refuse a tool to a caller with %s', async (_name, message, headers) => {
      const { status, body } = await call('bare', headers());
      expect({ status, ...(JSON.parse(body) as object) }).toMatchObject({
        status: 200,
        result: { isError: true, content: [{ text: message }] },
      });
      expect(JSON.parse((await call('bare', headers(), 'open')).body)).not.toHaveProperty('result.isError');
    });

    it('accept a cookie of their own site', async () => {
      const headers = ['Cookie', `session=${tokenOf('viewer')}`, 'Sec-Fetch-Site', 'same-origin'];
      expect((await call('bare', headers)).body).toContain('viewer');
    });
  });

  describe('a token that is bound to a key', () => {
    it.each(['mcp', 'sessions', 'bare'])(
      'is accepted at /%s with one proof for the request, and with none it is refused',
      async (server) => {
        const { publicKey, privateKey } = await generateKeyPair('ES256');
        const jwk = await exportJWK(publicKey);
        const token = tokenOf('viewer', { cnf: { jkt: await calculateJwkThumbprint(jwk) } });
        const ath = createHash('sha256').update(token).digest('base64url');
        const proof = (path = server) =>
          new SignJWT({ htm: 'POST', htu: `https://orders.acme.test/${path}`, jti: randomUUID(), ath })
            .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
            .setIssuedAt()
            .sign(privateKey);
        const session = server === 'sessions' ? await openSession(tokenOf('viewer')) : [];
        const used = ['Authorization', `DPoP ${token}`, 'DPoP', await proof(), ...session];
        expect((await call(server, used)).body).toContain('\\"subject\\":\\"viewer\\"');
        for (const headers of [
          used,
          ['Authorization', `DPoP ${token}`, ...session],
          ['Authorization', `DPoP ${token}`, 'DPoP', await proof('other'), ...session],
        ])
          expect((await call(server, headers)).body).toContain('The DPoP proof is invalid');
      },
    );
  });

  /** Opens a session, like a client. */
  async function openSession(token: string): Promise<HeaderList> {
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1.0.0' } };
    const { headers } = await post('sessions', bearer(token), { jsonrpc: '2.0', id: 0, method: 'initialize', params });
    return ['Mcp-Session-Id', String(headers['mcp-session-id']), 'Mcp-Protocol-Version', '2025-06-18'];
  }

  describe('a session', () => {
    it('authorizes each call by the token of its own request, not of the session', async () => {
      const session = await openSession(tokenOf('admin'));
      const subjects = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'admin' : 'viewer'));
      const responses = await Promise.all(
        subjects.map(async (subject) => {
          const headers = [...bearer(tokenOf(subject)), ...session];
          return Promise.all([call('sessions', headers), call('sessions', headers, 'remove')]);
        }),
      );
      for (const [index, [read, remove]] of responses.entries()) {
        expect(read.body).toContain(`\\"subject\\":\\"${subjects[index]}\\"`);
        expect(remove.body).toContain(subjects[index] === 'admin' ? 'removed' : DENIED);
      }
      expect((await call('sessions', session)).status).toBe(401);
    });

    it('ends for a token that is revoked: the stream of the session is aborted, and the next call is refused', async () => {
      const jti = randomUUID();
      const token = tokenOf('viewer', { jti });
      const headers = [...bearer(token), ...(await openSession(token))];
      const events = request({
        host: '127.0.0.1',
        port,
        path: '/sessions',
        headers: [...HOST, 'Accept', 'text/event-stream', ...headers],
      });
      const [stream] = (await once(events.end(), 'response')) as [IncomingMessage];
      const running = call('sessions', headers, callOf('progress', { _meta: { progressToken: 1 } })).catch(() => undefined);
      await once(stream, 'data');

      const brokenOff = expect(once(stream, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
      await tell({ revoke: { kind: 'token', issuer: issuer.url, value: jti } });
      await brokenOff;
      expect((await call('sessions', headers)).status).toBe(401);
      expect((await call('bare', bearer(token))).body).toContain(INVALID);
      await running;
    });
  });
});
