// Checks the types of this repository against Nest 11 and runs its suites there: `npm run test:nest-11 -- [options or files of Jest]`.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEFT_OUT } from './suites.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '../..');
/**
 * Contains Nest 11 and a copy of the repository's files. Node looks for packages in every parent folder: the copy finds Nest 11 here, and packages that do
 * not depend on Nest in `node_modules` of the repository.
 */
const FOLDER = join(ROOT, '.nest-11');
const TREE = join(FOLDER, 'tree');

const options = process.argv.slice(2);
const areFilesGiven = options.some((option) => option.startsWith('test/'));
install();
copyTree();
process.exitCode = areFilesGiven ? jest(options) : checkTypes() || jest([...options, ...suites()]);

/** Installs Nest 11, unless it is already installed from the same lockfile. */
function install() {
  const files = ['package.json', 'package-lock.json', '.npmrc'];
  const contentOf = (folder, file) => existsSync(join(folder, file)) && readFileSync(join(folder, file), 'utf8');
  const isDone = existsSync(join(FOLDER, 'node_modules/.package-lock.json')); // npm writes it last
  if (isDone && files.every((file) => contentOf(FOLDER, file) === contentOf(HERE, file))) return;
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  for (const file of files) cpSync(join(HERE, file), join(FOLDER, file));
  if (run('npm', ['ci'], FOLDER) !== 0) throw new Error('npm ci of Nest 11 failed: see its output above.');
}

/** Copies the files that Git does not ignore, and `dist`, from which some suites start programs. */
function copyTree() {
  const left = new Set(['.git', '.nest-11', 'coverage', 'node_modules']);
  rmSync(TREE, { recursive: true, force: true });
  mkdirSync(TREE);
  for (const name of readdirSync(ROOT)) if (!left.has(name)) cpSync(join(ROOT, name), join(TREE, name), { recursive: true });
}

/** @returns The exit code. Fails if the compiler reads types of Nest 12 from the repository's own `node_modules`. */
function checkTypes() {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'test/nest-11', '--listFiles'], {
    cwd: TREE,
    encoding: 'utf8',
  });
  const lines = stdout.split('\n');
  const faults = lines.filter((line) => line.includes('error TS') || line.startsWith(join(ROOT, 'node_modules/@nestjs/')));
  for (const fault of faults) console.error(fault);
  return status || (faults.length > 0 ? 1 : 0);
}

function jest(args) {
  const flags = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(ROOT, 'node_modules/jest/bin/jest.js'),
  ];
  return run(process.execPath, [...flags, '-c', 'test/nest-11/jest.config.mjs', ...args], TREE);
}

function suites() {
  return ['--testPathIgnorePatterns', ...LEFT_OUT, '--', 'test/unit', 'test/e2e'];
}

function run(command, args, cwd) {
  return spawnSync(command, args, { cwd, stdio: 'inherit' }).status ?? 1;
}
