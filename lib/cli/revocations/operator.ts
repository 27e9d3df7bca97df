import { hostname, userInfo } from 'node:os';

/** Who runs the command and where, for the logs of the services. At most 200 characters, as a rule takes. */
export function operator(): string {
  return `${userName()}@${hostname()}`.slice(0, 200);
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
