import { execFileSync } from 'node:child_process';

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

/** Returns the paths of all files in the published package. */
export function packedFiles(): ReadonlySet<string> {
  const printed = execFileSync('npm', ['pack', '--ignore-scripts', '--dry-run', '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(printed) as [Packed];
  return new Set(packed.files.map(({ path }) => path));
}
