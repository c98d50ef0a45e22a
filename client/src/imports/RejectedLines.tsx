import { Button, Text } from '@mantine/core';
import { Download } from 'lucide-react';
import type { ImportReport } from '../../../server/contract/shipments.ts';
import { Panel } from '../app/Panel.tsx';
import classes from '../app/ReportTable.module.css';
import { saveFile } from '../app/saveFile.ts';

type Rejected = ImportReport['rejected'];

/** More rows than anybody reads on a screen; the file has all of them. */
const SHOWN = 200;

/** A cell that starts a formula in a spreadsheet program is made text: messages quote what the file held. */
const cell = (value: string) => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;

const toCsv = (rejected: Rejected) =>
  ['line,message', ...rejected.map(({ line, message }) => `${line},${cell(message)}`)].join('\r\n');

export const RejectedLines = ({ rejected, fileName }: { rejected: Rejected; fileName: string }) => {
  const download = () =>
    saveFile(
      new Blob([toCsv(rejected)], { type: 'text/csv;charset=utf-8' }),
      `${fileName.replace(/\.csv$/i, '')}-rejected.csv`,
    );
  return (
    <Panel
      title="Rejected lines"
      actions={
        <Button size="xs" variant="default" leftSection={<Download size={15} aria-hidden />} onClick={download}>
          Download as CSV
        </Button>
      }
    >
      <Text size="sm" c="dimmed" mb="xs">
        Correct these lines in your file and import it again; lines that went through stay as they are.
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
      <section className={classes.scroller} tabIndex={0} aria-label="Table of rejected lines">
        <table className={classes.table} data-testid="rejected-lines">
          <thead>
            <tr>
              <th scope="col" style={{ width: 80 }}>
                Line
              </th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {rejected.slice(0, SHOWN).map(({ line, message }) => (
              <tr key={`${line}:${message}`}>
                <td>{line}</td>
                <td>{message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rejected.length > SHOWN && (
        <Text size="sm" c="dimmed" mt="xs">
          The first {SHOWN} of {rejected.length.toLocaleString('en')}; the download has all of them.
        </Text>
      )}
    </Panel>
  );
};
