import { join } from 'node:path';
import { parse } from 'yaml';
import { temporaryFolder } from '../../files/temporary-folder.js';
import { describeWhereInstalled } from '../../servers/installed.js';
import { Guide, shown, type GuideProject } from '../guide.js';
import { consoleSteps } from './console-steps.js';
import { MAPPING } from './orders-service.js';

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly jobs: { readonly mapping: { readonly steps: readonly Step[] } };
}

/** Values of the expressions in the workflow. */
const CONTEXT: Readonly<Record<string, string>> = {
  'github.base_ref': 'main',
  'github.event.pull_request.number': '7',
  'github.token': 'token',
};

/** Stands in for GitHub's command line, since no test reaches GitHub. Prints what the command line would send. */
const GH = `#!/bin/sh
echo "$@"
while [ $# -gt 0 ]; do [ "$1" = --body-file ] && cat "$2"; shift; done
`;

const CHANGED = MAPPING.replace('[orders:delete]', '[orders:cancel]');

describeWhereInstalled('git')('the guide "Check each change of the mapping in CI"', () => {
  const guide = Guide.read('ci');
  const { steps } = (parse(guide.file('.github/workflows/mapping.yml')) as Workflow).jobs.mapping;
  const comment = shown(guide.block('+ orders:cancel'));
  const origin = temporaryFolder();
  const scratch = temporaryFolder();
  let project: GuideProject;

  const run = (command: string, env: Readonly<Record<string, string>> = {}) =>
    project.run(command, {
      TMPDIR: scratch, // mapping-diff.sh leaves its file, as it may on a runner
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'Ann',
      GIT_AUTHOR_EMAIL: 'ann@acme.com',
      GIT_COMMITTER_NAME: 'Ann',
      GIT_COMMITTER_EMAIL: 'ann@acme.com',
      PATH: [join(project.folder, 'bin'), join(project.folder, 'node_modules/.bin'), process.env['PATH']].join(':'),
      GITHUB_STEP_SUMMARY: join(project.folder, 'summary.md'),
      ...env,
    });
  /** Runs a step of the workflow as GitHub's runner does. */
  const step = (wanted: string) => {
    const { run: command = '', env = {} } = steps.find(({ name }) => name === wanted)!;
    const valueOf = (value: string) => value.replace(/\$\{\{ (.+?) \}\}/g, (_, path: string) => CONTEXT[path]!);
    const values: Record<string, string> = {};
    for (const [name, value] of Object.entries(env)) values[name] = valueOf(value);
    return run(command, values);
  };
  /** Commits a mapping on a branch of its own, like a pull request. */
  const propose = async (branch: string, mapping: string) => {
    await run(`git switch -q -c ${branch} main`);
    await project.write('mapping.yaml', mapping);
    await run(`git commit -qam ${branch}`);
  };

  beforeAll(async () => {
    project = await guide.project({}, { 'mapping.yaml': MAPPING, 'bin/gh': GH, '.gitignore': 'node_modules\nbin\n*.md\n' });
    await run(`chmod +x bin/gh && git init -q -b main && git init -q --bare ${origin} && git remote add origin ${origin}`);
    await run('git add . && git commit -qm start && git push -q origin main');
  });

  it('the matrix of the guide agrees with the mapping', async () => {
    const [{ command, output }] = consoleSteps(guide.block('$ npx nestjs-authz test')) as [
      ReturnType<typeof consoleSteps>[number],
    ];
    expect(await run(command)).toMatch(shown(output));
  });

  it('the workflow comments on a pull request, and fails because the matrix disagrees', async () => {
    expect(steps.flatMap(({ name }) => name ?? [])).toEqual(['Install', 'Lint', 'Compare', 'Comment', 'Test']);
    await propose('change', CHANGED);
    await step('Lint');
    await step('Compare');
    const sent = await step('Comment');
    expect(sent).toMatch(/^pr comment 7 --body-file comment\.md --edit-last --create-if-none\n/);
    expect(sent).toMatch(comment);
    expect(await run('cat summary.md')).toMatch(comment);
    await expect(step('Test')).rejects.toThrow(shown(guide.block('2 failures')));
  });

  it('another CI system gets the same text from the shell commands', async () => {
    const commands = guide.block('npm ci\nnpx').content.replace('npm ci\n', '');
    await expect(run(commands)).rejects.toThrow('2 failures');
    expect(await run('cat comment.md')).toMatch(comment);
    await project.write('matrix.yaml', guide.file('matrix.yaml').replace('orders:delete', 'orders:cancel'));
    expect(await run(commands)).toContain('0 failures');
    await run('git checkout -q matrix.yaml');
  });

  it('the comparison says that nothing changed for a change of the spelling only', async () => {
    await propose('spelling', MAPPING.replace('[orders:read]', "['orders:read']"));
    await step('Compare');
    expect(await run('cat comment.md')).toContain('Every role gives the same permissions as before.');
  });

  it('a mapping with a fault fails at the step Lint', async () => {
    await propose('fault', MAPPING.replace('[viewer]', '[viewr]'));
    await expect(step('Lint')).rejects.toThrow('Did you mean "viewer"?');
    await expect(step('Compare')).rejects.toThrow('viewr');
  });

  it('the comparison in a folder of a monorepo reads the mapping of this folder', async () => {
    await run('git switch -q -c monorepo main && mkdir -p apps/orders && git mv mapping.yaml matrix.yaml .ci apps/orders');
    await project.write('mapping.yaml', 'roles: { other: [others:read] }');
    await run('git add . && git commit -qm monorepo');
    await project.write('apps/orders/mapping.yaml', CHANGED);
    expect(await run('cd apps/orders && bash .ci/mapping-diff.sh monorepo')).toMatch(comment);
    await run('git reset -q --hard && git switch -q main');
  });

  it('the comparison lists all roles of a new mapping, and fails in a clone without the branch main', async () => {
    await run('git rm -q mapping.yaml && git commit -qm none && git push -q origin HEAD:empty && git fetch -q');
    await project.write('mapping.yaml', MAPPING);
    expect(await run('bash .ci/mapping-diff.sh origin/empty')).toMatch(/viewer \(new role\)\n\+ orders:read\n/);
    await expect(run('bash .ci/mapping-diff.sh origin/other')).rejects.toThrow('This clone has no origin/other.');
  });
});
