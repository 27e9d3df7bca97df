import { hostname, userInfo } from 'node:os';

/** Returns user@machine for the logs of services, at most 200 characters (the limit of a rule). */
export function operator(): string {
  return `${userName()}@${hostname()}`.slice(0, 200);
}

/** Returns the name of the user, or the uid: in a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
