import { existsSync, readFileSync } from 'node:fs';

const CONTRIBUTING = readFileSync('CONTRIBUTING.md', 'utf8');
const SPANS = [...CONTRIBUTING.replace(/```[^]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
const LINKS = [...CONTRIBUTING.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target);

/** Paths in the repository; for a path with a placeholder, such as `lib/sources/<name>/`, the folder before the placeholder. */
const PATHS = SPANS.filter((span) => /^(?:lib|test|docs|sample-app|\.config|\.ci)\/\S/.test(span)).map((path) =>
  path.includes('<') ? path.slice(0, path.lastIndexOf('/', path.indexOf('<'))) : path,
);

describe('CONTRIBUTING.md', () => {
  it('contains paths', () => {
    expect(PATHS.length).toBeGreaterThan(50);
  });

  it.each([...new Set([...PATHS, ...LINKS])])('names %s, which exists', (path) => {
    expect(existsSync(path)).toBe(true);
  });
});
