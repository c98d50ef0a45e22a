import { Text } from '@mantine/core';
import type { GtfsReport } from '../../../server/contract/seats.ts';
import { Panel } from '../app/Panel.tsx';
import classes from '../app/ReportTable.module.css';

/** More rows than anybody reads on a screen. */
const SHOWN = 200;

/** What of a timetable did not become a departure, and why. */
export const LeftOut = ({ skipped }: { skipped: GtfsReport['skipped'] }) => {
  if (skipped.length === 0) return null;
  return (
    <Panel title="Left out">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
      <section className={classes.scroller} tabIndex={0} aria-label="What was left out">
        <table className={classes.table} data-testid="left-out">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">Line</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {skipped.slice(0, SHOWN).map(({ file, line, message }) => (
              <tr key={`${file}:${line}:${message}`}>
                <td>{file}</td>
                <td>{line ?? '–'}</td>
                <td>{message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {skipped.length > SHOWN && (
        <Text size="sm" c="dimmed" mt="xs">
          The first {SHOWN} of {skipped.length.toLocaleString('en')}.
        </Text>
      )}
    </Panel>
  );
};
