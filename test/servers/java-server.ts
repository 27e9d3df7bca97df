import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('java-servers.sh', import.meta.url));

/** Returns the directory of a server; `undefined` if it was not fetched, or Java is missing. */
export function javaServer(name: 'keycloak' | 'kafka'): string | undefined {
  const { status, stdout } = spawnSync(SCRIPT, ['where', name], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** JVM options for a fast start and limited memory. */
export const jvmOptions = (megabytes: number): readonly string[] => [
  ...[`-Xmx${megabytes}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'],
];
