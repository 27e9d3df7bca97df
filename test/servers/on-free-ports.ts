import { freePorts } from './free-port.js';

/** As many ports as a server needs. */
export interface Ports {
  readonly 1: readonly [number];
  readonly 2: readonly [number, number];
}

/** How servers say that another program listens on their port. */
const PORT_TAKEN = /already in use|eaddrinuse|in use by another/i;

/**
 * Starts something on free ports, and on others if another program took one of them first.
 * @param start Rejects with an error that carries what the server said.
 */
export async function onFreePorts<Count extends keyof Ports, Started>(
  count: Count,
  start: (ports: Ports[Count]) => Promise<Started>,
  attempts = 5,
): Promise<Started> {
  const ports = (await freePorts(count)) as Ports[Count];
  try {
    return await start(ports);
  } catch (error) {
    if (attempts === 1 || !PORT_TAKEN.test(String(error))) throw error;
    return onFreePorts(count, start, attempts - 1);
  }
}
