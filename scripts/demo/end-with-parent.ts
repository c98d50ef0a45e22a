/**
 * Loaded into the demo's server before anything else: if the demo itself is killed, its server must not stay behind
 * on the port. The channel to the parent breaks in that moment, whatever killed it.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Waiting for that must not keep a server alive that has ended.
process.channel?.unref();
