import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from './arguments.ts';

/** The first line of standard input. At a terminal it asks, and shows nothing of what is typed. */
export const readPassword = (): Promise<string> =>
  new Promise((resolve, reject) => {
    const terminal = process.stdin.isTTY === true;
    if (terminal) process.stderr.write('Password: ');
    // readline echoes to its output; this one swallows it.
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: nowhere, terminal });
    let answered = false;
    const settle = (work: () => void) => {
      if (answered) return;
      answered = true;
      if (terminal) process.stderr.write('\n');
      lines.close();
      work();
    };
    lines.once('line', (line) => settle(() => resolve(line)));
    lines.once('SIGINT', () => settle(() => reject(new UsageError('Nothing was changed.'))));
    lines.once('close', () => settle(() => reject(new UsageError('No password came on standard input.'))));
  });
