import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const isRoot = process.getuid?.() === 0;

/** A directory that a test can make full. Existing files stay readable, and their times can be changed. */
export interface ScarceDirectory {
  readonly path: string;
  exhaust(): Promise<void>;
  relieve(): Promise<void>;
  remove(): Promise<void>;
}

/** Whether such a directory can be made: permissions suffice for an ordinary user; root needs a small disk. */
export const HAS_SCARCE_DIRECTORIES = !isRoot || canMount();

export async function scarceDirectory(): Promise<ScarceDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'scarce-'));
  const remove = () => rm(path, { recursive: true, force: true });
  if (!isRoot)
    return {
      path,
      exhaust: () => chmod(path, 0o500),
      relieve: () => chmod(path, 0o700),
      remove: async () => {
        await chmod(path, 0o700);
        await remove();
      },
    };
  execFileSync('mount', mountArguments(path));
  const filler = join(path, 'filler');
  return {
    path,
    exhaust: async () => {
      const isFull = await writeFile(filler, Buffer.alloc(2 ** 20)).then(
        () => false,
        (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOSPC',
      );
      if (!isFull) throw new Error(`${path} is larger than it should be`);
    },
    relieve: () => rm(filler),
    remove: async () => {
      execFileSync('umount', [path]);
      await remove();
    },
  };
}

function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'scarce-'));
  const isMounted = spawnSync('mount', mountArguments(path)).status === 0;
  if (isMounted) execFileSync('umount', [path]);
  rmSync(path, { recursive: true });
  return isMounted;
}

function mountArguments(path: string): string[] {
  return ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path];
}
