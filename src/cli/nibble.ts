#!/usr/bin/env node
import { main } from './main.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(); // the reader, say `head`, has seen enough
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
