import { Alert, Anchor, Button, Code, Group, NumberInput, Progress, Stack, Text, TextInput } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { ArrowLeft, BusFront, CircleCheck, X } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { useFreshness } from '../app/continuity.ts';
import drop from '../app/DropArea.module.css';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { toMinor } from '../app/money.ts';
import { notifyRefusal } from '../app/notify.tsx';
import { Page } from '../app/Page.tsx';
import { Panel } from '../app/Panel.tsx';
import { useUser } from '../signin/session.ts';
import { LeftOut } from './LeftOut.tsx';
import { DEPARTURES } from './places.ts';
import classes from './TimetableImport.module.css';
import { type TimetableChoices, type TimetableState, useTimetableImport } from './useTimetableImport.ts';

const TYPES = ['application/zip', 'application/x-zip-compressed', '.zip'];
const WEEK = 7;

const dayFromNow = (days: number) => {
  const date = new Date();
  date.setDate(date.getDate() + days);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
};

/** Makes departures of a timetable in the format that agencies publish. */
export default function TimetableImport() {
  const { state, start, cancel, reset } = useTimetableImport();
  const fresh = useFreshness();
  const user = useUser();
  const [file, setFile] = useState<File>();
  const [from, setFrom] = useState(dayFromNow(0));
  const [to, setTo] = useState(dayFromNow(WEEK - 1));
  const [seats, setSeats] = useState<number | string>(40);
  const [cost, setCost] = useState<number | string>(15);
  const [currency, setCurrency] = useState('EUR');
  const [companyId, setCompanyId] = useState('');
  const choices = (): TimetableChoices => ({
    from,
    to,
    seatCount: Number(seats),
    price: { amount: toMinor(Number(cost), currency.toUpperCase()), currency: currency.toUpperCase() },
    companyId: companyId.trim(),
  });
  const choose = (files: File[]) => {
    const [first] = files;
    if (!first) return;
    setFile(first);
    void start(first, choices());
  };
  return (
    <Page title="Import a timetable" aside={<ContinuityBadge of={fresh} label="Progress" />}>
      <Anchor component={Link} href={DEPARTURES} size="sm" className={classes.back}>
        <ArrowLeft size={14} aria-hidden /> All departures
      </Anchor>
      <Stack gap="md" maw={860}>
        {state.phase === 'idle' && (
          <>
            <Panel title="What to make of it">
              <div className={classes.fields}>
                <TextInput
                  type="date"
                  label="From day"
                  value={from}
                  onChange={(event) => setFrom(event.currentTarget.value)}
                />
                <TextInput
                  type="date"
                  label="To day"
                  value={to}
                  onChange={(event) => setTo(event.currentTarget.value)}
                />
                <NumberInput label="Seats" min={1} max={300} allowDecimal={false} value={seats} onChange={setSeats} />
                <NumberInput
                  label="Price of a seat"
                  min={0}
                  decimalScale={2}
                  hideControls
                  value={cost}
                  onChange={setCost}
                />
                <TextInput
                  label="Currency"
                  maxLength={3}
                  value={currency}
                  onChange={(event) => setCurrency(event.currentTarget.value)}
                />
                {user?.companyId === null && (
                  <TextInput
                    label="Company id"
                    value={companyId}
                    onChange={(event) => setCompanyId(event.currentTarget.value)}
                  />
                )}
              </div>
            </Panel>
            <Dropzone
              className={drop.area}
              onDrop={choose}
              onReject={() => notifyRefusal('This file cannot be imported', 'Choose one GTFS feed: a zip file.')}
              multiple={false}
              accept={TYPES}
              inputProps={{ 'aria-label': 'Choose a GTFS zip file to import' }}
            >
              <BusFront size={30} aria-hidden className={drop.icon} />
              <Text fw={600}>Drop a GTFS feed here, or choose one</Text>
              <Text size="sm" c="dimmed">
                The zip with <Code>routes.txt</Code>, <Code>trips.txt</Code> and <Code>stop_times.txt</Code> that any
                agency publishes. A trip that is already on sale stays as it is.
              </Text>
            </Dropzone>
          </>
        )}
        <Running state={state} name={file?.name ?? 'Timetable'} onCancel={cancel} />
        {state.phase === 'failed' && (
          <>
            <FormTrouble error={state.error} />
            <Group>
              {file && (
                <Button variant="default" onClick={() => void start(file, choices())}>
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
              color={state.report.skipped.length > 0 ? 'yellow' : 'tide'}
              icon={<CircleCheck size={18} aria-hidden />}
              role="status"
              title={`${file?.name ?? 'The timetable'} is imported`}
              data-testid="timetable-summary"
            >
              <b>{count(state.report.created)}</b> departures created, <b>{count(state.report.updated)}</b> changed,{' '}
              <b>{count(state.report.unchanged)}</b> known already, <b>{count(state.report.skipped.length)}</b> left
              out.
              <Group gap="xs" mt="sm">
                <Button size="xs" component={Link} href={DEPARTURES}>
                  See the departures
                </Button>
                <Button size="xs" variant="default" onClick={reset}>
                  Import another
                </Button>
              </Group>
            </Alert>
            <LeftOut skipped={state.report.skipped} />
          </>
        )}
      </Stack>
    </Page>
  );
}

const count = (value: number) => value.toLocaleString('en');

const Running = ({ state, name, onCancel }: { state: TimetableState; name: string; onCancel: () => void }) => {
  if (state.phase !== 'sending' && state.phase !== 'processing') return null;
  const { percent, words } = progressOf(state);
  return (
    <Panel
      title={name}
      actions={
        state.phase === 'sending' && (
          <Button size="xs" variant="default" leftSection={<X size={14} aria-hidden />} onClick={onCancel}>
            Cancel
          </Button>
        )
      }
    >
      <Progress value={percent} size="lg" aria-label="Import" animated={state.phase === 'processing'} />
      <Text size="sm" c="dimmed" mt={8} data-testid="timetable-progress">
        {words}
      </Text>
    </Panel>
  );
};

const progressOf = (state: Extract<TimetableState, { phase: 'sending' | 'processing' }>) => {
  if (state.phase === 'sending')
    return { percent: state.sent * 100, words: `Sending: ${Math.round(state.sent * 100)} %` };
  const { progress } = state;
  if (!progress || progress.total === 0) return { percent: 2, words: 'Reading the feed…' };
  const { processed, total } = progress;
  return { percent: (processed / total) * 100, words: `${count(processed)} of ${count(total)} trips` };
};
