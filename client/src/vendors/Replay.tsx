import { ActionIcon, Group, SegmentedControl, Skeleton, Text, useComputedColorScheme } from '@mantine/core';
import type { Map as LeafletMap } from 'leaflet';
import { ChevronLeft, ChevronRight, History, Pause, Play, StepBack, StepForward } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Page } from '../app/Page.tsx';
import { ApiError } from '../app/problem.ts';
import { Notice, Trouble } from '../app/Trouble.tsx';
import { day as dayWords } from '../app/time.ts';
import LiveMap from '../map/LiveMap.tsx';
import { ageText } from './age.ts';
import { DayBar } from './DayBar.tsx';
import { type Day, dayName, localDay, momentAt } from './day.ts';
import classes from './Replay.module.css';
import { useDay } from './useDay.ts';
import { usePlayback } from './usePlayback.ts';
import { useVendor } from './useVendor.ts';
import { drawWay, type Way } from './way.ts';

const DAY_MS = 86_400_000;
const STEP_MS = 60_000;
const SPEEDS = ['30', '120', '600'];
const secondsFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

/** A vendor's day on the map: played like a film, or moved through by hand. */
export default function Replay({ id }: { id: string }) {
  const [query, setQuery] = useSearchParams();
  const today = dayName(Date.now());
  const day = query.get('day') ?? today;
  const { vendor } = useVendor(id);
  const trail = useDay(id, day);
  const setDay = (next: string) =>
    setQuery(
      (before) => {
        const params = new URLSearchParams(before);
        if (next === today) params.delete('day');
        else params.set('day', next);
        return params;
      },
      { replace: true },
    );
  const move = (days: number) => setDay(dayName(localDay(day).start + days * DAY_MS + DAY_MS / 2));
  const name = vendor?.name ?? 'Vendor';
  const forbidden = trail.error instanceof ApiError && trail.error.code === 'FORBIDDEN';
  return (
    <Page
      title={`${name}, ${day === today ? 'today' : dayWords(localDay(day).start)}`}
      fixed
      aside={
        day === today && trail.dataUpdatedAt > 0 ? (
          <ContinuityBadge of={{ status: 'as-of', staleSince: trail.dataUpdatedAt }} label="This day" />
        ) : null
      }
      actions={
        <>
          <ActionIcon variant="default" size="lg" aria-label="The day before" onClick={() => move(-1)}>
            <ChevronLeft size={18} aria-hidden />
          </ActionIcon>
          <input
            type="date"
            className={classes.date}
            aria-label="Day"
            value={day}
            max={today}
            onChange={(event) => event.currentTarget.value && setDay(event.currentTarget.value)}
          />
          <ActionIcon
            variant="default"
            size="lg"
            aria-label="The day after"
            disabled={day >= today}
            onClick={() => move(1)}
          >
            <ChevronRight size={18} aria-hidden />
          </ActionIcon>
        </>
      }
    >
      {trail.isPending && <Skeleton className={classes.stage} aria-hidden />}
      {trail.error && !trail.data && (
        <>
          <Trouble error={trail.error} {...(!forbidden && { retry: () => void trail.refetch() })} />
          <Text ta="center">
            <Link href="/vendors">Back to the map</Link>
          </Text>
        </>
      )}
      {trail.data && trail.data.points.length === 0 && (
        <Notice icon={<History size={32} aria-hidden />} title="No position was shared on this day">
          Choose another day, or come back once {name} shares where it is.
        </Notice>
      )}
      {trail.data && trail.data.points.length > 0 && <Film key={day} day={trail.data} name={name} />}
    </Page>
  );
}

const Film = ({ day, name }: { day: Day; name: string }) => {
  const first = day.points[0]!.at;
  const last = day.points.at(-1)!.at;
  const [speed, setSpeed] = useState('120');
  const { time, playing, seek, toggle } = usePlayback(first, last, Number(speed));
  const moment = useMemo(() => momentAt(day, time), [day, time]);
  const scheme = useComputedColorScheme('light');
  const way = useRef<Way | null>(null);
  const latest = useRef({ day, moment, scheme });
  useEffect(() => {
    latest.current = { day, moment, scheme };
  });
  const onMap = useCallback((map: LeafletMap) => {
    const now = latest.current;
    const drawn = drawWay(map, now.scheme, now.day);
    drawn.setDay(now.day);
    drawn.setMoment(now.day, now.moment);
    way.current = drawn;
    // The lines go with the map.
    return () => {
      way.current = null;
    };
  }, []);
  // While the day goes on, the map stays where the person has put it.
  useEffect(() => way.current?.setDay(day), [day]);
  useEffect(() => way.current?.setScheme(scheme), [scheme]);
  useEffect(() => way.current?.setMoment(day, moment), [day, moment]);
  const step = (ms: number) => seek(Math.max(first, Math.min(last, time + ms)));
  const told = secondsFormat.format(time);
  const state =
    moment && moment.silentMs > 0 && time < last
      ? `not heard of for ${ageText(moment.silentMs).replace(' ago', '')}`
      : '';
  return (
    <div className={classes.stage}>
      <div className={classes.map}>
        <LiveMap label={`The way of ${name}`} markers={NO_MARKERS} onMap={onMap} />
      </div>
      <div className={classes.controls}>
        <Group gap="xs" wrap="nowrap">
          <ActionIcon variant="default" size="lg" aria-label="A minute back" onClick={() => step(-STEP_MS)}>
            <StepBack size={17} aria-hidden />
          </ActionIcon>
          <ActionIcon size="xl" radius="xl" aria-label={playing ? 'Pause' : 'Play'} onClick={toggle}>
            {playing ? <Pause size={20} aria-hidden /> : <Play size={20} aria-hidden />}
          </ActionIcon>
          <ActionIcon variant="default" size="lg" aria-label="A minute on" onClick={() => step(STEP_MS)}>
            <StepForward size={17} aria-hidden />
          </ActionIcon>
        </Group>
        <div className={classes.clock}>
          <output className={classes.time} data-testid="replay-time">
            {told}
          </output>
          <span className={classes.state}>{state}</span>
        </div>
        <SegmentedControl
          aria-label="Speed"
          size="xs"
          value={speed}
          onChange={setSpeed}
          data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
        />
        <DayBar day={day} from={first} to={last} time={time} onSeek={seek} valueText={`${told} ${state}`} />
        <Text size="sm" c="dimmed" className={classes.sum}>
          {(day.metres / 1000).toFixed(1)} km in {day.points.length.toLocaleString('en')} reports
          {day.stretches.length === 2 && ', with a silence'}
          {day.stretches.length > 2 && `, with ${day.stretches.length - 1} silences`}
        </Text>
      </div>
    </div>
  );
};

const NO_MARKERS: never[] = [];
