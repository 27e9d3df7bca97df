import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { AuthzModule, type AuthzModuleOptions } from '../../lib/index.js';
import { StubIssuer } from '../../lib/testing/index.js';

/** An application that holds no keys. */
export interface AppWithoutKeys {
  readonly app: INestApplication;
  readonly issuer: StubIssuer;
  close(): Promise<void>;
}

/**
 * Starts an application whose issuer is down from the first second. `startAuthzApp()` waits for the keys.
 * @param options Those of the module, without the issuer.
 */
export async function startWithoutKeys(
  metadata: ModuleMetadata,
  options: Omit<AuthzModuleOptions, 'issuer' | 'issuers'>,
  adapter: AbstractHttpAdapter,
  configure: (app: INestApplication) => void = () => undefined,
): Promise<AppWithoutKeys> {
  const issuer = await StubIssuer.start();
  issuer.goDown();
  const module = AuthzModule.forRoot({ ...options, issuer: issuer.url });
  const compiled = await Test.createTestingModule({ ...metadata, imports: [module] }).compile();
  const app = compiled.createNestApplication(adapter);
  configure(app);
  await app.listen(0, '127.0.0.1');
  const close = async () => {
    await app.close();
    await issuer.stop();
  };
  return { app, issuer, close };
}
