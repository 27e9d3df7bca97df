#!/usr/bin/env node
import { run } from './run.js';

const { stdout, stderr } = process;

// A reader such as `head` may close the pipe early: that is not an error.
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

// A module of the application (why --config) may leave connections open, which would keep the process alive.
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit();
