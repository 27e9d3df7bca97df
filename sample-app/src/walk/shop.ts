import type { Fleet } from '../fleet/fleet.js';
import type { RunningProcess } from '../fleet/running-process.js';

/** What the walk goes through. */
export interface Shop {
  readonly fleet: Fleet;
  /** For the second act about sessions. Missing where redis-server is not installed. */
  readonly redis: RunningProcess | undefined;
  readonly identity: RunningProcess;
  readonly authority: RunningProcess;
  readonly catalog: RunningProcess;
  readonly orders: RunningProcess;
  readonly billing: RunningProcess;
  /** Where the catalog takes messages. */
  readonly catalogTcpPort: string;
  /** What the login that billing once had signs its tokens with. */
  readonly oldSecret: string;
  /** The mapping file that the authority publishes; the walk edits it and leaves it as it was. */
  readonly mappingFile: string;
  /** Names the key that the authority signs with. */
  readonly signingKeyId: string;
  /** File with the public half of the key: a JWK Set. */
  readonly authorityKeys: string;
}
