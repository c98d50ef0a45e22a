/**
 * Loaded into the demo's server: answers the demo's own questions to the database, over the channel between the two
 * processes. Nobody else may open an embedded database, and a proof must not rest on what the server's code says.
 */
process.on('message', async ({ id, sql, parameters }: { id: number; sql: string; parameters: unknown[] }) => {
  // Only now: this module comes before the server's own.
  const { query } = await import('../../../server/platform/database.ts');
  const answer = await query(sql, parameters).then(
    (rows) => ({ id, rows }),
    (error: Error) => ({ id, error: error.message }),
  );
  process.send?.(answer);
});
// A listener would keep a server alive that has ended.
process.channel?.unref();
