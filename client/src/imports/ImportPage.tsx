import { Alert, Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { CircleCheck, FileUp, X } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import drop from '../app/DropArea.module.css';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { notifyRefusal } from '../app/notify.tsx';
import { Page } from '../app/Page.tsx';
import { Panel } from '../app/Panel.tsx';
import { useUser } from '../signin/session.ts';
import classes from './ImportPage.module.css';
import { ImportProgress } from './ImportProgress.tsx';
import { RejectedLines } from './RejectedLines.tsx';
import { useImport } from './useImport.ts';

const EXAMPLE = `poNumber,supplierName,origin,destination,warehouse,eta
PO-2026-0001,Nordic Timber,Gothenburg,Hamburg,Hamburg Süd,2026-12-01
PO-2026-0002,Kyoto Ceramics,Kobe,Rotterdam,,2026-12-19`;

const TYPES = ['text/csv', 'text/plain', 'application/vnd.ms-excel', '.csv'];

export default function ImportPage() {
  const { state, start, cancel, reset } = useImport();
  const fresh = useFreshness();
  const user = useUser();
  const [companyId, setCompanyId] = useState('');
  const [file, setFile] = useState<File>();
  const choose = (files: File[]) => {
    const [first] = files;
    if (!first) return;
    setFile(first);
    void start(first, companyId.trim());
  };
  const running = state.phase === 'sending' || state.phase === 'processing';
  return (
    <Page title="Import purchase orders" aside={<ContinuityBadge of={fresh} label="Progress" />}>
      <Stack gap="md" maw={860}>
        {state.phase === 'idle' && user?.companyId === null && (
          <TextInput
            label="Company id"
            description="You belong to no company: say whose orders these are"
            value={companyId}
            onChange={(event) => setCompanyId(event.currentTarget.value)}
          />
        )}
        {state.phase === 'idle' && (
          <Dropzone
            className={drop.area}
            onDrop={choose}
            onReject={() => notifyRefusal('This file cannot be imported', 'Choose one CSV file at a time.')}
            multiple={false}
            accept={TYPES}
            inputProps={{ 'aria-label': 'Choose a CSV file to import' }}
          >
            <FileUp size={30} aria-hidden className={drop.icon} />
            <Text fw={600}>Drop a CSV file here, or choose one</Text>
            <Text size="sm" c="dimmed">
              A known PO number is updated, a new one is created. A bad line rejects only itself.
            </Text>
          </Dropzone>
        )}
        {running && (
          <Panel
            title={file?.name ?? 'Import'}
            actions={
              state.phase === 'sending' && (
                <Button size="xs" variant="default" leftSection={<X size={14} aria-hidden />} onClick={cancel}>
                  Cancel
                </Button>
              )
            }
          >
            <ImportProgress state={state} />
          </Panel>
        )}
        {state.phase === 'failed' && (
          <>
            <FormTrouble error={state.error} />
            <Group>
              {file && (
                <Button variant="default" onClick={() => void start(file, companyId.trim())}>
                  Try again
                </Button>
              )}
              <Button variant="subtle" onClick={reset}>
                Choose another file
              </Button>
            </Group>
          </>
        )}
        {state.phase === 'done' && (
          <>
            <Alert
              variant="light"
              color={state.report.rejected.length > 0 ? 'yellow' : 'tide'}
              icon={<CircleCheck size={18} aria-hidden />}
              role="status"
              title={`${file?.name ?? 'The file'} is imported`}
              data-testid="import-summary"
            >
              <b>{count(state.report.created)}</b> created, <b>{count(state.report.updated)}</b> updated,{' '}
              <b>{count(state.report.rejected.length)}</b> {state.report.rejected.length === 1 ? 'line' : 'lines'}{' '}
              rejected.
              <Group gap="xs" mt="sm">
                <Button size="xs" component={Link} href="/shipments">
                  See the shipments
                </Button>
                <Button size="xs" variant="default" onClick={reset}>
                  Import another file
                </Button>
              </Group>
            </Alert>
            {state.report.rejected.length > 0 && (
              <RejectedLines rejected={state.report.rejected} fileName={file?.name ?? 'import.csv'} />
            )}
          </>
        )}
        {state.phase === 'idle' && <Format />}
      </Stack>
    </Page>
  );
}

const count = (value: number) => value.toLocaleString('en');

const Format = () => (
  <Panel title="What the file looks like">
    <Text size="sm" mb="xs">
      The first line names the columns, in any order. Only <Code>poNumber</Code> is required; <Code>warehouse</Code> is
      one of yours by its name, and dates are such as 2026-12-01.
    </Text>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
    <pre className={classes.example} tabIndex={0}>
      {EXAMPLE}
    </pre>
  </Panel>
);
