import { StubIssuer } from '../../../lib/testing/index.js';
import { REFUSAL_REASONS } from '../../../lib/core/index.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { Document } from '../documents.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { NEST_NEW } from './nest-new.js';

const ISSUER = 'https://id.acme.com';
const AUDIENCE = 'https://orders.acme.com';
const VALID = { aud: AUDIENCE, sub: 'ann', client_id: 'shop', roles: ['viewer'] };
const ACCEPTED = 'Accepted: a handler that requires orders:read lets the caller in.';

/** The reader's own service. */
const service = (issuer: string) => ({
  ...NEST_NEW,
  'src/app.module.ts': `
    import { Module } from '@nestjs/common';
    import { AuthzModule, fileMapping } from 'nestjs-authz';
    import { OrdersController } from './orders.controller.js';
    @Module({
      imports: [AuthzModule.forRoot({ issuer: '${issuer}', audience: '${AUDIENCE}', mapping: fileMapping('mapping.yaml') })],
      controllers: [OrdersController],
    })
    export class AppModule {}
  `,
  'src/orders.controller.ts': `
    import { Controller, Get } from '@nestjs/common';
    import { RequirePermissions } from 'nestjs-authz';
    @Controller('orders')
    export class OrdersController {
      @Get() @RequirePermissions('orders:read') list() { return []; }
    }
  `,
});

/** Returns a token with another header and signature than a real one. */
function unlike(token: string, header: object, signature: string): string {
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), token.split('.')[1], signature].join('.');
}

describeWhereInstalled('curl')('the guide to the first token', () => {
  const guide = Guide.read('first-token');
  const commands = guide.blocks.filter(({ language }) => language === 'sh').map(({ content }) => content.trim());
  const [, call = '', check = '', checkAll = ''] = commands;
  let issuer: StubIssuer;
  let project: GuideProject;
  let running: RunningGuide;

  beforeAll(async () => {
    issuer = await StubIssuer.start();
    project = await guide.project({ [ISSUER]: issuer.url }, service(issuer.url));
    running = await project.start();
  });
  afterAll(async () => {
    await project.stop();
    await issuer.stop();
  });

  /** Runs a command of the guide with a token in the environment. A refused token makes `why` exit with code 1. */
  const withToken = (token: string, command: string) => project.run(`{ ${command}; } || [ $? = 1 ]`, { TOKEN: token });
  const shownHere = (containing: string) => {
    const block = guide.block(containing);
    return shown({ ...block, content: block.content.replaceAll(ISSUER, issuer.url) });
  };

  it('puts a pasted token into the environment without printing it', async () => {
    const [read = ''] = commands;
    const printed = await project.run(`{ ${read}; printenv TOKEN | wc -c; } <<< 'a.b.c'`);
    expect(printed.trim()).toBe('6');
  });

  it('shows the response of the service, and the line in its log', async () => {
    const token = issuer.token({ ...VALID, aud: 'account' });
    const response = await project.run(call.replace('http://localhost:3000', running.url), { TOKEN: token });
    expect(response).toMatch(shownHere('HTTP/1.1 401'));
    expect(running.output()).toMatch(shownHere('WARN [Authz]'));
  });

  it('shows what the command prints for a token with the audience of another API', async () => {
    const token = issuer.token({ ...VALID, aud: 'account', roles: ['Viewer'] });
    expect(await withToken(token, check)).toMatch(shownHere('audience    refused'));
  });

  it('shows what the command prints for a role that is spelled differently', async () => {
    const token = issuer.token({ ...VALID, roles: ['Viewer'] });
    expect(await withToken(token, checkAll)).toMatch(shownHere('require orders:read  refused'));
  });

  it('shows the last line for a token that is accepted, and the service accepts it', async () => {
    const token = issuer.token(VALID);
    expect(await project.run(checkAll, { TOKEN: token })).toMatch(shownHere(ACCEPTED));
    const response = await project.run(call.replace('http://localhost:3000', running.url), { TOKEN: token });
    expect(response).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('says what the command prints if the token is not exported', async () => {
    await expect(project.run(checkAll.replace('printenv TOKEN', 'printenv NO_TOKEN || true'))).rejects.toThrow(
      'There is no token in standard input',
    );
  });

  describe('the table of faults', () => {
    const table = Document.read('docs/guides/first-token.md').content.split('`refused` at')[1]!.split('\n\n')[0]!;
    const rows = [...table.matchAll(/^ *\| `(\w+)` `(\w+)` .*#(\w+)\)/gm)].map(([, step, reason, anchor]) => ({
      step,
      reason,
      anchor,
    }));
    const old = { iat: Date.now() / 1000 - 900, exp: Date.now() / 1000 - 600 };

    /** A token with each fault. */
    const FAULTS: Readonly<Record<string, () => readonly string[]>> = {
      'shape token_malformed': () => ['a'.repeat(32), unlike(issuer.token(VALID), { alg: 'none' }, '')],
      'header algorithm_not_allowed': () => [unlike(issuer.token(VALID), { alg: 'HS256', typ: 'JWT' }, 'A'.repeat(43))],
      'issuer issuer_unknown': () => [issuer.token({ ...VALID, iss: `${issuer.url}/` })],
      'kind not_access_token': () => [issuer.token({ ...VALID, nonce: 'n-1' }, { typ: 'JWT' })],
      'key key_unknown': () => [issuer.token(VALID, { kid: 'other' })],
      'key keys_unavailable': () => {
        issuer.goDown();
        return [issuer.token(VALID)];
      },
      'signature signature_invalid': () => [issuer.token(VALID).replace(/[^.]+$/, 'A'.repeat(342))],
      'times token_expired': () => [issuer.token({ ...VALID, ...old })],
      'audience audience_mismatch': () => [issuer.token({ ...VALID, aud: 'account' })],
      'roles claim_unreadable': () => [issuer.token({ ...VALID, roles: 'viewer' as unknown as string[] })],
      'require permission_missing': () => [
        issuer.token({ ...VALID, roles: undefined as unknown as string[] }),
        issuer.token({ ...VALID, roles: [], realm_access: { roles: ['viewer'] } }),
        issuer.token({ ...VALID, roles: ['Viewer'] }),
      ],
    };
    afterEach(() => issuer.comeBack());

    it('has a row for each fault that is tried here, and links each reason to its entry', () => {
      expect(rows.map(({ step, reason }) => `${step} ${reason}`)).toEqual(Object.keys(FAULTS));
      for (const { reason, anchor } of rows) {
        expect(REFUSAL_REASONS).toContain(reason);
        expect(anchor).toBe(reason);
      }
    });

    it.each(rows)(
      'names the step $step and the reason $reason as the command prints them',
      async ({ step = '', reason = '' }) => {
        const tokens = FAULTS[`${step} ${reason}`]!();
        for (const printed of await Promise.all(tokens.map((token) => withToken(token, checkAll)))) {
          expect(printed).toMatch(new RegExp(`^${step}( orders:read)? +refused +${reason}$`, 'm'));
          expect(printed).toContain(`Refused: a service logs ${reason}. `);
          for (const token of tokens) expect(printed).not.toContain(token.split('.', 2).at(-1));
        }
      },
    );
  });
});
