export { backOffMs } from './back-off.js';
export { followRemote } from './follow-remote.js';
export { inTime } from './in-time.js';
export { writeWholeFile } from './write-whole-file.js';
