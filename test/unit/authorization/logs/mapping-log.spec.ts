import { Logger } from '@nestjs/common';
import { mappingLog } from '../../../../lib/authorization/logs/mapping-log.js';
import { MappingError, type MappingEvent } from '../../../../lib/mapping/index.js';

class Lines extends Logger {
  readonly lines: string[] = [];
  override debug = (line: string) => void this.lines.push(`debug ${line}`);
  override log = (line: string) => void this.lines.push(`log ${line}`);
  override warn = (line: string) => void this.lines.push(`warn ${line}`);
  override error = (line: string) => void this.lines.push(`error ${line}`);
}

function written(event: MappingEvent, subject: 'mapping' | 'candidate mapping' = 'mapping') {
  const logger = new Lines();
  mappingLog(logger, subject)(event);
  expect(logger.lines).toHaveLength(1);
  return logger.lines[0];
}

const source = 'https://authority.test/mapping';
const refused = { kind: 'refused', source, revision: 'r1', error: new Error('answered 500'), repeated: false } as const;

describe('what happens to a mapping', () => {
  it.each<[string, MappingEvent]>([
    [`log The mapping from ${source} is now revision r2`, { kind: 'changed', source, origin: undefined, revision: 'r2' }],
    [`log The mapping from ${source} (disk) is now revision r2`, { kind: 'changed', source, origin: 'disk', revision: 'r2' }],
    [`error The mapping stays at revision r1. ${source}: answered 500`, refused],
    [`error There is no mapping yet. ${source}: answered 500`, { ...refused, revision: undefined }],
    [`error The mapping stays at revision r1. ${source}: "down"`, { ...refused, error: 'down' }],
    ['debug The mapping stays at revision r1, for the same reason as before', { ...refused, repeated: true }],
    [`log ${source} is reachable again; the mapping is revision r1`, { kind: 'recovered', source, revision: 'r1' }],
    [`log ${source} is reachable again; the mapping is revision none`, { kind: 'recovered', source, revision: undefined }],
    [
      `error The mapping from ${source}, revision r1, was not confirmed for longer than maxStalenessSeconds: it stays in use`,
      { kind: 'stale', source, revision: 'r1', denies: false },
    ],
    [
      `error The mapping from ${source}, revision r1, was not confirmed for longer than maxStalenessSeconds: requests that need permissions get 503`,
      { kind: 'stale', source, revision: 'r1', denies: true },
    ],
    ['warn The copy on disk is not used.', { kind: 'problem', source, message: 'The copy on disk is not used.' }],
  ])('is written down as "%s"', (line, event) => {
    expect(written(event)).toBe(line);
  });

  it('names the source of a document that cannot be used once', () => {
    const error = new MappingError(source, [{ place: 'roles', pointer: '/roles', message: 'must be an object.' }]);
    expect(written({ ...refused, error })).toBe(
      `error The mapping stays at revision r1. The mapping from ${source} cannot be used:\n  roles: must be an object.`,
    );
  });

  it('is never more than a warning where it happens to a candidate', () => {
    expect(written({ ...refused, revision: undefined }, 'candidate mapping')).toBe(
      `warn There is no candidate mapping yet. ${source}: answered 500`,
    );
    expect(written({ kind: 'stale', source, revision: 'r1', denies: true }, 'candidate mapping')).toMatch(
      /^warn The candidate mapping from .*: no decision is compared with it$/,
    );
  });
});
