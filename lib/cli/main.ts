#!/usr/bin/env node
import { run } from './run.js';

const { stdout, stderr } = process;

// A reader that has seen enough, such as `head`, closes the pipe: nothing went wrong.
for (const stream of [stdout, stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  isWatched: stderr.isTTY,
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
});

// Options that a module of the application exports (why --config) may hold connections open, which would keep the process alive.
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit();
