import { execFileSync } from 'node:child_process';

/** The package as npm would publish it. */
export interface PackedPackage {
  /** Size of the tarball, in bytes. */
  readonly size: number;
  /** The paths of all its files. */
  readonly paths: readonly string[];
}

/** Asks npm what it would publish from the files as they are, without building them again: other specs use the build. */
export function packedPackage(): PackedPackage {
  const printed = execFileSync('npm', ['pack', '--ignore-scripts', '--dry-run', '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ size, files }] = JSON.parse(printed) as [{ size: number; files: { path: string }[] }];
  return { size, paths: files.map(({ path }) => path) };
}
