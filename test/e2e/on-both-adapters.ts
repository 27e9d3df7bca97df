import type { ModuleMetadata, Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AuthzModule, type AuthzModuleOptions } from '../../lib/index.js';
import { startAuthzApp, type AuthzTestApp, type AuthzTestAppOptions } from '../../lib/testing/index.js';

/** Default options of the applications in these tests. */
export const OPTIONS = {
  issuer: 'https://id.acme.test',
  audience: 'orders',
  mapping: {
    revision: 'r1',
    roles: {
      viewer: ['orders:read'],
      clerk: { inherits: ['viewer'], permissions: ['orders:create', 'orders:items:*'] },
      auditor: { inherits: ['clerk'], deny: ['orders:create'] },
      admin: ['*'],
    },
  },
} satisfies AuthzModuleOptions;

/** Starts an application with these controllers (or module metadata) and closes it after the block. */
type Start = (
  app: Type | ModuleMetadata,
  authz?: Partial<AuthzModuleOptions>,
  options?: AuthzTestAppOptions,
) => Promise<AuthzTestApp>;

/** Access to an adapter for a block of tests. */
export interface OnAdapter {
  readonly start: Start;
  readonly newAdapter: () => AbstractHttpAdapter;
  /** Closes the object after the block. */
  readonly closeLater: <T extends { close(): unknown }>(closable: T) => T;
}

/** Runs the block once on Express and once on Fastify. */
export function onBothAdapters(block: (on: OnAdapter) => void): void {
  const adapters: [string, () => AbstractHttpAdapter][] = [
    ['Express', () => new ExpressAdapter()],
    ['Fastify', () => new FastifyAdapter()],
  ];
  describe.each(adapters)('on %s', (_name, newAdapter) => {
    const closables: { close(): unknown }[] = [];
    const closeLater = <T extends { close(): unknown }>(closable: T): T => {
      closables.push(closable);
      return closable;
    };
    afterAll(async () => {
      await Promise.all(closables.map((closable) => closable.close()));
    });
    const start: Start = async (app, authz = {}, options = {}) => {
      const metadata = typeof app === 'function' ? { controllers: [app] } : app;
      const imports = [AuthzModule.forRoot({ ...OPTIONS, ...authz } as AuthzModuleOptions), ...(metadata.imports ?? [])];
      return closeLater(await startAuthzApp({ ...metadata, imports }, { adapter: newAdapter(), ...options }));
    };
    block({ start, newAdapter, closeLater });
  });
}
