import type { Guide } from '../guide.js';

/** A request that is sent to several states of a service. */
export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly token?: string;
}

/** Sends the requests one after the other. Returns the statuses of the responses by the names of the requests. */
export async function statusesOf<Name extends string>(
  { url }: { readonly url: string },
  asks: Readonly<Record<Name, Ask>>,
): Promise<Record<Name, number>> {
  const statuses: [string, number][] = [];
  for (const [name, { method = 'GET', path, token }] of Object.entries<Ask>(asks)) {
    const response = await fetch(url + path, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    statuses.push([name, response.status]);
  }
  return Object.fromEntries(statuses) as Record<Name, number>;
}

/** Returns the files of a guide in the state in which a reader has them before the first step: each file as the guide shows it first. */
export function filesBefore({ blocks }: Guide): Record<string, string> {
  const own = blocks.flatMap(({ file, content }) => (file === undefined ? [] : [[file, content] as const]));
  return Object.fromEntries(own.reverse());
}
