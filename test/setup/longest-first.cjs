const Sequencer = require('@jest/test-sequencer').default;

/** The suites that take longest, mostly to wait: begun last, they would keep one worker busy while the others are done. */
const LONGEST = [
  'package/starters/',
  'package/pack',
  'documents/site',
  'e2e/outages/http-bundle',
  'e2e/identity-providers/keycloak',
  'e2e/outages/redis',
  'e2e/transports/websockets-flood',
  'e2e/revocation/emergency-stop',
  'e2e/outages/database',
  'e2e/outages/revocation',
  'e2e/transports/websockets-ws',
  'package/exports',
  'e2e/refusal-log',
];

/** Begins with the longest suites, also on a machine where Jest knows no durations yet. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const index = LONGEST.findIndex((name) => path.includes(`/test/${name}`));
      return index === -1 ? LONGEST.length : index;
    };
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other));
  }
};
