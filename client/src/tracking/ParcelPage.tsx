import { Anchor, Button, Skeleton, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowLeft, Bike, Clock, Flag, Share2 } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { User } from '../../../server/contract/auth.ts';
import { ContinuityBadge } from '../app/ContinuityBadge.tsx';
import { Page } from '../app/Page.tsx';
import { Panel } from '../app/Panel.tsx';
import { Trouble } from '../app/Trouble.tsx';
import { LazyMap } from '../map/LazyMap.tsx';
import { Arrival } from './Arrival.tsx';
import { isTrackingStaff, mayShare } from './access.ts';
import { readParcel, readTrail } from './calls.ts';
import { parcelKey, useLiveParcel } from './live.ts';
import { parcelMarkers } from './markers.ts';
import { EtaDialog, RiderDialog, StatusDialog } from './ParcelDialogs.tsx';
import { ParcelFacts } from './ParcelFacts.tsx';
import classes from './ParcelPage.module.css';
import { ParcelStatusBadge } from './ParcelStatusBadge.tsx';
import { ParcelTimeline } from './ParcelTimeline.tsx';
import { Photos } from './Photos.tsx';
import { PositionAge } from './PositionAge.tsx';
import { type Followed, fromSnapshot, newerLocation } from './parcel.ts';
import { ShareDialog } from './ShareDialog.tsx';
import { markSeen } from './seen.ts';
import { isFinal } from './status.ts';
import { joinTrail } from './trail.ts';
import { useNow } from './useNow.ts';

type Dialog = 'status' | 'rider' | 'eta' | 'share';

/** What HTTP answered and what the stream says, the newer of both. */
const useParcel = (awb: string) => {
  const client = useQueryClient();
  const live = useLiveParcel(awb);
  const read = useQuery({ queryKey: parcelKey(awb), queryFn: ({ signal }) => readParcel(awb, signal) });
  const outdated = live.parcel?.outdated ? live.parcel.version : 0;
  useEffect(() => {
    if (outdated > 0) void client.invalidateQueries({ queryKey: parcelKey(awb) });
  }, [client, awb, outdated]);
  const parcel = useMemo((): Followed | undefined => {
    const held = read.data && fromSnapshot(read.data, read.data.version);
    const { parcel: streamed } = live;
    if (!held || !streamed) return streamed ?? held;
    const newer = held.version > streamed.version || (streamed.outdated && held.version === streamed.version);
    if (!newer) return streamed;
    return {
      ...held,
      location: newerLocation(held.location, streamed.location),
      minutes: streamed.minutes,
      distanceMeters: streamed.distanceMeters,
      approaching: streamed.approaching && streamed.status === held.status,
    };
  }, [read.data, live]);
  return { ...live, parcel, read };
};

export default function ParcelPage({ awb, user }: { awb: string; user: User }) {
  const { parcel, fresh, passed, read } = useParcel(awb);
  const [dialog, setDialog] = useState<Dialog>();
  const version = parcel?.version;
  useEffect(() => {
    if (version !== undefined) markSeen(user.id, awb, version);
  }, [user.id, awb, version]);

  if (!parcel)
    return (
      <Page title={awb}>
        <Back />
        {read.error ? (
          <Trouble error={read.error} retry={() => void read.refetch()} />
        ) : (
          <Skeleton height={300} radius="md" />
        )}
      </Page>
    );
  const close = () => setDialog(undefined);
  const staff = isTrackingStaff(user);
  return (
    <Page
      title={awb}
      aside={<ParcelStatusBadge status={parcel.status} large />}
      actions={
        <>
          {staff && !isFinal(parcel.status) && (
            <>
              <Button
                variant="default"
                size="sm"
                leftSection={<Bike size={16} aria-hidden />}
                onClick={() => setDialog('rider')}
              >
                Assign rider
              </Button>
              <Button
                variant="default"
                size="sm"
                leftSection={<Clock size={16} aria-hidden />}
                onClick={() => setDialog('eta')}
              >
                Arrival
              </Button>
            </>
          )}
          {mayShare(user) && (
            <Button
              variant="default"
              size="sm"
              leftSection={<Share2 size={16} aria-hidden />}
              onClick={() => setDialog('share')}
            >
              Share
            </Button>
          )}
          {staff && !isFinal(parcel.status) && (
            <Button size="sm" leftSection={<Flag size={16} aria-hidden />} onClick={() => setDialog('status')}>
              Set status
            </Button>
          )}
        </>
      }
    >
      <Back />
      <div className={classes.grid}>
        <div className={classes.wide}>
          <Whereabouts parcel={parcel} passed={passed} fresh={fresh} mayFollow={user.role !== 'customer'} />
          <Photos awb={awb} version={parcel.version} />
        </div>
        <div className={classes.narrow}>
          <ParcelFacts parcel={parcel} />
          <Panel title="Timeline" aside={<ContinuityBadge of={fresh} label="This timeline" />}>
            <ParcelTimeline steps={parcel.timeline} />
          </Panel>
        </div>
      </div>
      {dialog === 'status' && <StatusDialog parcel={parcel} onClose={close} />}
      {dialog === 'rider' && <RiderDialog parcel={parcel} onClose={close} />}
      {dialog === 'eta' && <EtaDialog parcel={parcel} onClose={close} />}
      {dialog === 'share' && <ShareDialog awb={awb} onClose={close} />}
    </Page>
  );
}

type WhereProps = { parcel: Followed; mayFollow: boolean } & Pick<ReturnType<typeof useParcel>, 'passed' | 'fresh'>;

const Whereabouts = ({ parcel, passed, fresh, mayFollow }: WhereProps) => {
  const { awb } = parcel;
  const now = useNow(5000);
  const trail = useQuery({
    queryKey: ['tracking', 'trail', awb, fresh.status === 'live'],
    queryFn: ({ signal }) => readTrail(awb, signal),
    placeholderData: (before) => before,
    // Where a rider was all day is not for the one who waits for a parcel.
    enabled: mayFollow,
  });
  const points = useMemo(() => joinTrail(trail.data ?? [], passed), [trail.data, passed]);
  const markers = useMemo(() => parcelMarkers(parcel, now), [parcel, now]);
  const marked = trail.data?.filter(({ mark }) => mark).length ?? 0;
  return (
    <Panel title="Whereabouts" aside={<ContinuityBadge of={fresh} label="This map" />}>
      <div className={classes.line}>
        <PositionAge location={parcel.location} moving={!isFinal(parcel.status)} />
        <Arrival parcel={parcel} />
      </div>
      <div className={classes.map} data-testid="parcel-map">
        {' '}
        <LazyMap label={`Map of ${awb}`} markers={markers} trail={points} selectedId={awb} fit={awb} follow={awb} />
      </div>
      <Text size="xs" c="dimmed" mt={6}>
        {points.length === 0 ? 'No trail yet.' : `${points.length.toLocaleString('en')} positions in the trail`}
        {marked > 0 && `, ${marked} more kept but left out as implausible`}
      </Text>
    </Panel>
  );
};

const Back = () => (
  <Anchor component={Link} href="/tracking" size="sm" className={classes.back}>
    <ArrowLeft size={14} aria-hidden /> All parcels
  </Anchor>
);
