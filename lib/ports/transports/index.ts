export { bearerCredentials } from './bearer-credentials.js';
export { CallRunner } from '../../authorization/index.js';
export type {
  AdmittedCall,
  CallArguments,
  HandlerFacts,
  HandlerKind,
  OpenCall,
  OpenCallWatch,
  Transport,
  TransportDescription,
} from '../../authorization/index.js';
export type { Credentials, RequestFacts, TokenScheme } from '../../authentication/index.js';
