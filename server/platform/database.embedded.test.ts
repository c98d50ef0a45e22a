/** The same promises on the embedded database: what one database accepts, the other may refuse. */
process.env.WAYBEAT_TEST_DATABASE = 'embedded';
await import('./database.test.ts');
