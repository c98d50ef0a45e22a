/**
 * A process of its own that does nothing but wait for its parent to end: then it wakes up the process whose id it was
 * given. Frozen, that one could not see by itself that it shall end, too.
 */
const wake = () => {
  try {
    process.kill(Number(process.argv[2]), 'SIGCONT');
  } catch {
    // It is gone already, which is what was wanted.
  }
  process.exit();
};

process.on('disconnect', wake);
// The parent may have been quicker than our start.
if (!process.connected) wake();
