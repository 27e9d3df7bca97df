import { dirname } from 'node:path';
import { run } from '../consumers.js';

/** A Node program that runs a starter. */
export interface NodeVersion {
  /** Major version, such as 22. */
  readonly major: number;
  /** Path of the program. */
  readonly program: string;
  /** Environment with which `npm test` uses this version. */
  readonly env: NodeJS.ProcessEnv;
}

/** The versions of Node that the package supports, as installed by npm. */
export const NODE_MAJORS = [20, 22, 24];

/** Finds a version of Node: the one that runs the tests, or one installed by npm. */
export async function nodeVersion(major: number): Promise<NodeVersion> {
  const program = Number(process.versions.node.split('.')[0]) === major ? process.execPath : await programOf(major);
  return { major, program, env: { PATH: `${dirname(program)}:${process.env['PATH'] ?? ''}` } };
}

async function programOf(major: number): Promise<string> {
  const { stdout } = await run('npx', ['-y', '-p', `node@${major}`, '--', 'node', '--print', 'process.execPath']);
  return stdout.trim();
}
