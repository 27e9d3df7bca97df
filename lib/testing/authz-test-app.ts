import type { Server } from 'node:http';
import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { TestingModuleBuilder } from '@nestjs/testing';
import type supertest from 'supertest';
import {
  AUTHENTICATION_SETTINGS,
  Authenticator,
  parseAuthenticationSettings,
  type AuthenticationSettings,
  type IssuerSettings,
} from '../authentication/index.js';
import type { AuthzModuleOptions } from '../authz-module-options.interface.js';
import { isMissing, messageOf, missingPackage } from '../core/index.js';
import { CHECKED_OPTIONS } from '../authz.module-definition.js';
import { fittingClaims } from './fitting-claims.js';
import { StubIssuer, type StubTokenClaims, type StubTokenHeader } from './stub-issuer.js';

/** How {@link startAuthzApp} starts the application. */
export interface AuthzTestAppOptions {
  /** The HTTP adapter, such as `new FastifyAdapter()`. Default: Express. */
  readonly adapter?: AbstractHttpAdapter;
  /** Changes the testing module before it is compiled, such as `(builder) => builder.overrideProvider(Db).useValue(fake)`. */
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** Changes the application before it starts: pipes, prefixes, versioning, microservices, the WebSocket adapter. May return a promise. */
  readonly configure?: (app: INestApplication) => unknown;
}

/** A supertest agent whose requests have one token, or none: `.get('/orders').expect(200)`. */
export type TestCaller = ReturnType<typeof supertest.agent>;

/** An application under test, with an issuer that it trusts. */
export class AuthzTestApp {
  /** @internal */
  constructor(
    readonly app: INestApplication,
    /** Signs tokens that the application accepts; can rotate its keys and simulate an outage. */
    readonly issuer: StubIssuer,
    private readonly settings: AuthenticationSettings,
    private readonly agent: typeof supertest.agent,
  ) {}

  /** Returns a caller with these roles. */
  as(...roles: string[]): TestCaller {
    return this.withToken(this.token({ roles }));
  }

  /** Returns a caller without a token. */
  anonymous(): TestCaller {
    return this.agent(this.app.getHttpServer() as Server);
  }

  /** Returns a caller with any token. The token is put in the first place of `tokenFrom`; in the Authorization header if that is a function. */
  withToken(token: string): TestCaller {
    const [source] = this.settings.tokenFrom;
    const caller = this.anonymous();
    if (typeof source !== 'object') return caller.set('Authorization', `Bearer ${token}`);
    if ('query' in source) return caller.query({ [source.query]: token });
    return 'cookie' in source ? caller.set('Cookie', `${source.cookie}=${token}`) : caller.set(source.header, token);
  }

  /**
   * Returns a token that the application accepts: `iss`, `aud`, the role claim and a required tenant follow its options. Claims given here override
   * them. With several issuers, the token is of the first one that is no `legacyIssuer()`, unless `iss` names another.
   */
  token({ roles = [], ...claims }: StubTokenClaims = {}, header: StubTokenHeader = {}): string {
    const { issuers } = this.settings;
    const issuer =
      issuers.find(({ issuer: name }) => name === claims['iss']) ?? issuers.find(({ legacy }) => legacy === undefined);
    return this.issuer.token({ ...(issuer && fittingClaims(issuer, roles)), ...claims }, header);
  }

  /** Closes the application and stops its issuer. */
  async close(): Promise<void> {
    await this.app.close();
    await this.issuer.stop();
  }
}

/**
 * Starts an application for a test, with its own options but the keys of a stub issuer instead of the real one: nothing leaves the machine. Needs
 * the packages `@nestjs/testing` and `supertest`.
 *
 * @param module The application's root module, or module metadata that imports `AuthzModule`.
 * @throws Error if a package is missing, or if the application cannot load the keys of the stub issuer.
 *
 * @example
 * const app = await startAuthzApp(AppModule);
 * await app.as('viewer').delete('/orders/1').expect(403);
 * await app.close();
 */
export async function startAuthzApp(module: Type | ModuleMetadata, options: AuthzTestAppOptions = {}): Promise<AuthzTestApp> {
  const [{ Test }, { default: requests }] = await testPackages();
  const issuer = await StubIssuer.start();
  try {
    const metadata = typeof module === 'function' ? { imports: [module] } : module;
    const builder = Test.createTestingModule(metadata)
      .overrideProvider(AUTHENTICATION_SETTINGS)
      .useFactory({ factory: (given: AuthzModuleOptions) => trusting(given, issuer), inject: [CHECKED_OPTIONS] });
    const compiled = await (options.override?.(builder) ?? builder).compile();
    const app = options.adapter ? compiled.createNestApplication(options.adapter) : compiled.createNestApplication();
    await options.configure?.(app);
    await app.listen(0, '127.0.0.1');
    await proveKeys(app);
    return new AuthzTestApp(app, issuer, app.get<AuthenticationSettings>(AUTHENTICATION_SETTINGS), requests.agent);
  } catch (error) {
    await issuer.stop();
    throw error;
  }
}

/** Loads the packages that only `startAuthzApp()` needs: `guardAs()` works without them. */
async function testPackages() {
  // Within `try`, bundlers accept that a package is missing.
  try {
    return await Promise.all([import('@nestjs/testing'), import('supertest')]);
  } catch (error) {
    const missing = ['@nestjs/testing', 'supertest'].find((name) => isMissing(error, name));
    throw missing === undefined ? error : missingPackage(missing);
  }
}

/** Requires the keys: without them every token gets 503, such as when a test replaces `fetch()` or a package is missing. */
async function proveKeys(app: INestApplication): Promise<void> {
  try {
    await app.get(Authenticator, { strict: false }).ready();
  } catch (cause) {
    await app.close();
    throw new Error(`The application cannot verify the tokens of its stub issuer: ${messageOf(cause)}`, { cause });
  }
}

/** Returns the application's own settings, with the keys and the algorithms of the stub. */
function trusting(options: AuthzModuleOptions, stub: StubIssuer): AuthenticationSettings {
  const settings = parseAuthenticationSettings(options);
  const { resolver } = settings;
  return {
    ...settings,
    issuers: settings.issuers.map((issuer) => withKeysOf(stub, issuer)),
    resolver: resolver && {
      ...resolver,
      resolve: async (iss) => {
        const issuer = await resolver.resolve(iss);
        return issuer && withKeysOf(stub, issuer);
      },
    },
  };
}

function withKeysOf(stub: StubIssuer, issuer: IssuerSettings): IssuerSettings {
  if (issuer.legacy !== undefined) return issuer;
  return {
    ...issuer,
    jwks: undefined,
    jwksFile: undefined,
    keyRequests: undefined,
    jwksUri: stub.jwksUri,
    algorithms: [...issuer.algorithms, 'RS256', 'ES256'],
  };
}
