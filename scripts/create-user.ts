import { readCommand, USAGE, UsageError } from './users/arguments.ts';
import { readPassword } from './users/password.ts';

/**
 * `npm run user -- add|list|set|deactivate|activate`: the people who sign in here. Works on DATABASE_URL while servers
 * run; the embedded database belongs to one process at a time, so stop the server first.
 */
const main = async (): Promise<void> => {
  const command = readCommand(process.argv.slice(2));
  if (command.name === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  // A person reads the terminal: the server's log lines stay away unless something fails.
  process.env.LOG_LEVEL ||= 'error';
  // Only now, since they read the environment and open the database.
  const { runCommand } = await import('./users/commands.ts');
  const { migrate } = await import('../server/platform/migrate.ts');
  const { closeDatabase } = await import('../server/platform/database.ts');
  try {
    await migrate();
    process.stdout.write(`${await runCommand(command, readPassword)}\n`);
  } finally {
    await closeDatabase();
  }
};

main().catch((error: unknown) => {
  const detail = error instanceof Error ? error.message : String(error);
  // ECONNREFUSED of several addresses has no message of its own.
  process.stderr.write(`${detail || (error as { code?: string }).code || 'The command failed'}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
