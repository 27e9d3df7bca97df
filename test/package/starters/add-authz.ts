import type { Starter } from './starter.js';

const APP_MODULE_IMPORT = /import \{ AppModule \} from '.*';/;

/** Adds the code of the README to the generated project: AuthzModule, decorators, and an e2e spec. Changes no configuration. */
export async function addAuthz(starter: Starter): Promise<void> {
  await starter.edit('src/app.module.ts', (code) =>
    "import { AuthzModule, fileMapping } from 'nestjs-authz';\n".concat(
      replaced(
        code,
        'imports: []',
        `imports: [
    AuthzModule.forRoot({
      issuer: process.env.ISSUER ?? 'https://id.acme.com',
      audience: 'orders',
      mapping: process.env.MAPPING
        ? fileMapping(process.env.MAPPING)
        : { roles: { viewer: ['orders:read'], clerk: ['orders:read', { permission: 'orders:*', when: 'resource.kind == "order"' }] } },
    }),
  ]`,
      ),
    ),
  );
  await starter.edit('src/app.controller.ts', (code) =>
    "import { CurrentPrincipal, Public, RequirePermissions, Resource, type Principal } from 'nestjs-authz';\n".concat(
      replaced(
        replaced(code, '@Get()', '@Get()\n  @Public()'),
        '\n}\n',
        `

  @Get('orders')
  @RequirePermissions('orders:read')
  list(@CurrentPrincipal() caller: Principal) {
    return { caller: caller.subject };
  }

  @Get('orders/delete')
  @RequirePermissions('orders:delete')
  @Resource(() => ({ kind: 'order' }))
  remove() {
    return {};
  }
}
`,
      ),
    ),
  );
  await starter.edit('src/main.ts', (code) =>
    code.replace(/await app\.listen.*;/, '$&\n  console.log(`Listening on ${await app.getUrl()}`);'),
  );
  const [importsAppModule] = APP_MODULE_IMPORT.exec(await starter.read('test/app.e2e-spec.ts')) ?? [];
  await starter.write('test/authz.e2e-spec.ts', e2eSpec(importsAppModule!));
}

/** Replaces text in the generated code. Throws if the text is missing, since the generator may change. */
function replaced(code: string, place: string, by: string): string {
  if (!code.includes(place)) throw new Error(`The generated code has no "${place}":\n${code}`);
  return code.replace(place, by);
}

function e2eSpec(importsAppModule: string): string {
  return `import { startAuthzApp, type AuthzTestApp } from 'nestjs-authz/testing';
${importsAppModule}

describe('the rules', () => {
  let app: AuthzTestApp;
  beforeAll(async () => {
    app = await startAuthzApp(AppModule);
  });
  afterAll(() => app.close());

  it('answers 401 without a token', async () => {
    await app.anonymous().get('/orders').expect(401);
  });

  it('answers 403 when no role grants the permission', async () => {
    await app.as('viewer').get('/orders/delete').expect(403);
    await app.as('clerk').get('/orders/delete').expect(200);
  });

  it('lets a role in that grants the permission', async () => {
    await app.as('clerk').get('/orders').expect(200, { caller: 'test-subject' });
  });
});
`;
}
