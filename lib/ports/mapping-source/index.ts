export { remoteMapping, UnverifiableError } from '../../mapping/index.js';
export type {
  ConfirmedMapping,
  FetchedMapping,
  LoadedMapping,
  MappingAnswer,
  MappingExpectation,
  MappingFreshness,
  MappingNote,
  MappingReload,
  MappingSource,
  MappingTransport,
  OpenedMapping,
  RemoteMappingOptions,
  UnchangedMapping,
} from '../../mapping/index.js';
