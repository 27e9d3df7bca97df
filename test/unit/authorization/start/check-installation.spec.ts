import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkInstallation } from '../../../../lib/authorization/start/check-installation.js';

describe('checkInstallation', () => {
  it.each(['20.19.0', '20.20.2', '22.12.0', '22.23.3', '24.0.0', '26.10.0'])('accepts Node.js %s', (version) => {
    expect(() => checkInstallation(version)).not.toThrow();
  });

  it.each(['18.20.8', '20.18.3', '21.7.3', '22.11.0', '16.0.0'])('refuses Node.js %s, and says what to install', (version) => {
    expect(() => checkInstallation(version)).toThrow(
      expect.objectContaining({
        code: 'AUTHZ_NODE_VERSION',
        message: `nestjs-authz needs Node.js 20.19 or a later 20, or 22.12 or later. This process runs ${version}: install a newer Node.js.`,
      }) as Error,
    );
  });

  describe('beside what the application has installed', () => {
    let folder: string;
    beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'installed-'))));
    afterEach(() => rm(folder, { recursive: true }));
    const install = async (name: string) => {
      await mkdir(join(folder, 'node_modules', name), { recursive: true });
      await writeFile(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name }));
      await writeFile(join(folder, 'node_modules', name, 'index.js'), '');
    };

    it.each([
      ['@nestjs/passport', ['passport', 'passport-jwt']],
      ['passport', ['@nestjs/passport', 'passport-jwt']],
    ])('names %s where it is missing', async (name, installed) => {
      for (const each of installed) await install(each);
      expect(() => checkInstallation('24.0.0', folder)).toThrow(
        expect.objectContaining({
          code: 'AUTHZ_PEER_MISSING',
          message: `nestjs-authz needs the package "${name}": npm install ${name}`,
        }) as Error,
      );
    });

    it('is content where both are there', async () => {
      for (const each of ['@nestjs/passport', 'passport']) await install(each);
      expect(() => checkInstallation('24.0.0', folder)).not.toThrow();
    });
  });

  it('looks for no package in a bundle, where there are none', () => {
    expect(() => checkInstallation('24.0.0', undefined)).not.toThrow();
  });
});
