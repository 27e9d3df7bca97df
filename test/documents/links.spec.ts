import { posix } from 'node:path';
import { packedPackage } from '../package/packed-files.js';
import { Document, PUBLISHED } from './documents.js';

const FILES = new Set(packedPackage().paths);
const documents = new Map(PUBLISHED.map((path) => [path, Document.read(path)]));

/** Returns why a link leads nowhere in the unpacked package, or undefined if it leads to something. */
function faultOf(path: string, target: string): string | undefined {
  const [file = '', anchor] = target.split('#', 2);
  const found = file === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(file));
  if (!FILES.has(found)) return `${found} is not in the package`;
  if (anchor === undefined) return undefined;
  const document = documents.get(found);
  if (document === undefined) return `${found} has no anchors`;
  return document.anchors().has(anchor) ? undefined : `${found} has no heading #${anchor}`;
}

describe('the package', () => {
  it.each(PUBLISHED)('contains %s', (path) => {
    expect(FILES).toContain(path);
  });

  it('contains no document that no other document links to', () => {
    const linked = PUBLISHED.flatMap((path) =>
      documents
        .get(path)!
        .links()
        .map(({ target }) => posix.join(posix.dirname(path), target.split('#', 1)[0]!)),
    );
    expect(PUBLISHED.filter((path) => path !== 'README.md' && !linked.includes(path))).toEqual([]);
  });
});

describe('the links of the documents', () => {
  it.each(PUBLISHED)('lead somewhere in the package, offline: %s', (path) => {
    const faults = documents
      .get(path)!
      .links()
      .filter(({ target }) => !/^(?:https?|mailto):/.test(target))
      .flatMap(({ target, line }) => {
        const fault = faultOf(path, target);
        return fault === undefined ? [] : [`${path}:${line} links to ${target}: ${fault}`];
      });
    expect(faults).toEqual([]);
  });
});
