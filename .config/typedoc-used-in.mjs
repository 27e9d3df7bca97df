// A plugin of TypeDoc: adds "Used in" to each public name, with the documents that show it and the declarations that refer to it.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommentTag, Converter, ReflectionKind } from 'typedoc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CODE = /^ *(`{3,})[^]*?^ *\1|(`+)[^`\n]+\2/gm;
const AT_MOST = 6;

/** The titles and code of the documents for users, by path. */
function readDocuments() {
  const paths = ['README.md', ...documentsIn('docs'), ...documentsIn('lib')];
  return paths.map((path) => {
    const content = readFileSync(ROOT + path, 'utf8');
    const code = (content.match(CODE) ?? []).join('\n');
    return { path, title: /^# (.+)$/m.exec(content)?.[1] ?? path, names: new Set(code.match(/[A-Za-z_$][\w$]*/g)) };
  });
}
function documentsIn(folder) {
  return readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('api/'))
    .map((path) => `${folder}/${path}`)
    .sort();
}

/** Collects the reflections that types below a reflection refer to. */
function referencesOf(value, found = new Set(), seen = new Set()) {
  if (typeof value !== 'object' || value === null || seen.has(value)) return found;
  seen.add(value);
  if (value.type === 'reference' && value.reflection) found.add(value.reflection);
  for (const [key, member] of Object.entries(value))
    if (!['parent', 'project', 'reflection', '_target'].includes(key)) referencesOf(member, found, seen);
  return found;
}

/** Names a module as applications import it. */
function nameModules(project) {
  const rooms = JSON.parse(readFileSync(new URL('rooms.json', import.meta.url), 'utf8'));
  for (const module of project.children) {
    const { entryPoint } = rooms.find(({ folder }) => (folder === '' ? 'index' : folder) === module.name);
    module.name = entryPoint === '.' ? 'nestjs-authz' : `nestjs-authz/${entryPoint}`;
  }
}

/** Returns the names that refer to each name. */
function usersOf(names) {
  const users = new Map(names.map((name) => [name, []]));
  for (const user of names) for (const used of referencesOf(user)) if (used !== user) users.get(used)?.push(user);
  return users;
}

/** The comment of a function is that of its signature. */
function commentOf(name) {
  return name.comment ?? name.signatures?.[0]?.comment;
}

function lineOfDocument({ path, title }) {
  return [{ kind: 'text', text: `- [${title.replace(/`/g, '')}](/${path})\n` }];
}
function lineOfUser(user) {
  return [
    { kind: 'text', text: '- ' },
    { kind: 'inline-tag', tag: '@link', target: user, text: user.name },
    { kind: 'text', text: '\n' },
  ];
}

/** Returns a line for each place, up to a limit, and a line with the number of the others. */
function linesOf(places, lineOf, plural) {
  const others = places.length - AT_MOST;
  const rest = others > 0 ? [[{ kind: 'text', text: `- and ${others} more ${plural}\n` }]] : [];
  return [...places.slice(0, AT_MOST).map(lineOf), ...rest];
}

export function load(app) {
  app.options.setValue('blockTags', [...app.options.getValue('blockTags'), '@usedIn']);
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    nameModules(project);
    const documents = readDocuments();
    const names = project
      .getReflectionsByKind(ReflectionKind.SomeExport)
      .filter(({ parent }) => parent?.kindOf(ReflectionKind.SomeModule));
    const users = usersOf(names);
    for (const name of names) {
      const shownIn = documents.filter(({ names: shown }) => shown.has(name.name));
      const lines = [...linesOf(shownIn, lineOfDocument, 'documents'), ...linesOf(users.get(name), lineOfUser, 'names')];
      if (lines.length === 0)
        app.logger.warn(
          `${name.getFriendlyFullName()} is used in no document and by no other public name: show it, or do not export it.`,
        );
      commentOf(name)?.blockTags.push(new CommentTag('@usedIn', lines.flat()));
    }
  });
}
