import { dirname } from 'node:path';
import { run } from '../consumers.js';

/** A Node program that a starter is run with. */
export interface NodeVersion {
  /** Such as 22. */
  readonly major: number;
  /** The program. */
  readonly program: string;
  /** What makes `npm test` run on this version. */
  readonly env: NodeJS.ProcessEnv;
}

/** The versions of Node that the package supports, each as npm brings it. */
export const NODE_MAJORS = [20, 22, 24];

/** Finds a version of Node: the one that runs the tests, or the one that npm brings. */
export async function nodeVersion(major: number): Promise<NodeVersion> {
  const program = Number(process.versions.node.split('.')[0]) === major ? process.execPath : await programOf(major);
  return { major, program, env: { PATH: `${dirname(program)}:${process.env['PATH'] ?? ''}` } };
}

async function programOf(major: number): Promise<string> {
  const { stdout } = await run('npx', ['-y', '-p', `node@${major}`, '--', 'node', '--print', 'process.execPath']);
  return stdout.trim();
}
