import type { ChildProcess } from 'node:child_process';

/** Collects what a process writes. @returns its last 8 KiB so far. */
export function collect(child: ChildProcess): () => string {
  let text = '';
  for (const output of [child.stdout, child.stderr])
    output?.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-8192)));
  return () => text;
}
