import { HandlerKinds } from '../../../lib/authorization/index.js';
import { TRANSPORTS } from '../../../lib/authz.transports.js';

/** The kinds of handlers of an application without transports of its own. */
export const KINDS = new HandlerKinds(TRANSPORTS);
