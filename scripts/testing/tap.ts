/** What a run of Node's test runner reported, read from its TAP output. */
export type Results = {
  /** The runner's own closing lines, `# tests 12` and so on, as they are. */
  summary: string[];
  /** Tests that ran to an end, good or bad. A file without a test, which Node counts as one, is not among them. */
  executed: number;
  skips: { name: string; reason: string }[];
  /** Files that ran without holding a test. */
  empty: string[];
};

const unescaped = (text: string) => text.replaceAll('\\#', '#').replaceAll('\\\\', '\\');

/** Reads the output of `--test-reporter=tap`. `isFile` says whether a name is that of a test file. */
export const readTap = (tap: string, isFile: (name: string) => boolean): Results => {
  const lines = tap.split('\n');
  const summary = lines.filter((line) =>
    /^# (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(line),
  );
  const count = (name: string) =>
    Number(summary.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3) ?? 0);

  const skips: Results['skips'] = [];
  const empty: string[] = [];
  for (const line of lines) {
    const skipped = /^ *(?:not )?ok \d+ - (.*?) # SKIP ?(.*)$/.exec(line);
    if (skipped) skips.push({ name: unescaped(skipped[1] ?? ''), reason: unescaped(skipped[2] ?? '') });
    const passed = /^ok \d+ - (.*)$/.exec(line)?.[1];
    if (passed && isFile(unescaped(passed))) empty.push(unescaped(passed));
  }
  return { summary, executed: count('pass') + count('fail') - empty.length, skips, empty };
};
