// The documentation site: the documents of the package, and the API reference that `npm run docs` writes into docs/api.
import { cpSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Slugger from 'github-slugger';
import { defineConfig } from 'vitepress';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Documents are README.md files, so that they open in a folder; the site calls them index.md. */
const asIndex = (path) => path.replace(/README\.md(?=$|#)/, 'index.md');

/** The sidebar is docs/README.md: its headings are the groups, its links the pages. */
function sidebar() {
  const groups = [];
  for (const line of readFileSync(`${ROOT}docs/README.md`, 'utf8').split('\n')) {
    const heading = /^#{2,3} (.+)$/.exec(line)?.[1];
    if (heading !== undefined) groups.push({ text: heading.replace(/: .*/, ''), collapsed: false, items: [] });
    for (const [, text, target] of line.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g))
      groups.at(-1)?.items.push({ text: text.replace(/`/g, ''), link: new URL(asIndex(target), 'file:///docs/').pathname });
  }
  return [...groups.filter(({ items }) => items.length > 0), { text: 'API', link: '/docs/api/' }];
}

/** Makes links between documents lead to the pages of the site. */
function linksToPages(md) {
  md.core.ruler.push('links-to-pages', ({ tokens }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? []))
      if (token.type === 'link_open') {
        const href = token.attrGet('href');
        if (!/^[a-z]+:/.test(href)) token.attrSet('href', asIndex(href));
      }
  });
}

export default defineConfig({
  title: 'nestjs-authz',
  description: 'Role-based access control for fleets of NestJS services',
  srcDir: '../..',
  srcExclude: ['node_modules/**', '.nest-11/**', 'test/**', 'dist/**', 'coverage/**', '.config/**', 'site/**'],
  outDir: `${ROOT}site`,
  rewrites: (id) => asIndex(id),
  lastUpdated: false,
  // The path under which a server publishes the site.
  base: process.env.SITE_BASE ?? '/',
  markdown: {
    anchor: { slugify: (title) => new Slugger().slug(title) },
    config: linksToPages,
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Documents', link: '/docs/' },
      { text: 'API', link: '/docs/api/' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: sidebar(),
  },
  // The sample's code, which documents link to.
  buildEnd: ({ outDir }) => cpSync(`${ROOT}sample-app/src`, `${outDir}/sample-app/src`, { recursive: true }),
});
