export type {
  BackChannelLogoutOptions,
  BackChannelLogoutPath,
} from './back-channel-logout/back-channel-logout-options.interface.js';
export { BACK_CHANNEL_LOGOUT_OPTIONS } from './back-channel-logout/back-channel-logout.module-definition.js';
export { BackChannelLogoutModule } from './back-channel-logout/back-channel-logout.module.js';
export type { SharedSignalsOptions } from './shared-signals/shared-signals-options.interface.js';
export type { SharedSignalsPollOptions } from './shared-signals/poll/shared-signals-poll-options.interface.js';
export { SHARED_SIGNALS_POLL_OPTIONS } from './shared-signals/poll/shared-signals-poll.module-definition.js';
export { SharedSignalsPollModule } from './shared-signals/poll/shared-signals-poll.module.js';
export type {
  SharedSignalsPushOptions,
  SharedSignalsPushPath,
} from './shared-signals/push/shared-signals-push-options.interface.js';
export { SHARED_SIGNALS_PUSH_OPTIONS } from './shared-signals/push/shared-signals-push.module-definition.js';
export { SharedSignalsPushModule } from './shared-signals/push/shared-signals-push.module.js';
export type { SharedSignalsStatus } from './shared-signals/shared-signals-status.interface.js';
export { SharedSignals } from './shared-signals/shared-signals.js';
export type { SubjectIdentifier } from './shared-signals/subject-identifier.js';
