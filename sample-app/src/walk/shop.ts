import type { Fleet } from '../fleet/fleet.js';
import type { RunningProcess } from '../fleet/running-process.js';

/** Everything that the walk-through uses. */
export interface Shop {
  readonly fleet: Fleet;
  /** Undefined if redis-server is not installed. */
  readonly redis: RunningProcess | undefined;
  readonly identity: RunningProcess;
  readonly authority: RunningProcess;
  readonly catalog: RunningProcess;
  readonly orders: RunningProcess;
  readonly billing: RunningProcess;
  /** Port on which the catalog accepts messages. */
  readonly catalogTcpPort: string;
  /** Secret that signs the tokens of billing's old login. */
  readonly oldSecret: string;
  /** Mapping file that the authority publishes. The walk-through edits the file and restores it. */
  readonly mappingFile: string;
  /** Id of the authority's signing key. */
  readonly signingKeyId: string;
  /** File with the public key, as a JWK Set. */
  readonly authorityKeys: string;
}
