import { Alert, Button, Skeleton, Title } from '@mantine/core';
import { Bike, PackageX } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { announce, LiveRegion } from '../../app/announce.tsx';
import { ContinuityBadge } from '../../app/ContinuityBadge.tsx';
import { Logo } from '../../app/Logo.tsx';
import { Notice, Trouble } from '../../app/Trouble.tsx';
import { stamp } from '../../app/time.ts';
import { distanceWords } from '../../map/distance.ts';
import { LazyMap } from '../../map/LazyMap.tsx';
import { Arrival } from '../Arrival.tsx';
import { parcelMarkers } from '../markers.ts';
import { ParcelTimeline } from '../ParcelTimeline.tsx';
import { PositionAge } from '../PositionAge.tsx';
import type { Followed } from '../parcel.ts';
import { isFinal, STATUS } from '../status.ts';
import { joinTrail } from '../trail.ts';
import { useNow } from '../useNow.ts';
import type { TrailPoint } from '../wire.ts';
import { isOver } from './connection.ts';
import classes from './PublicPage.module.css';
import { Steps } from './Steps.tsx';
import { usePublicParcel } from './usePublicParcel.ts';

/** What the customer opens: where the parcel is, in words first, without signing in. */
export default function PublicPage({ awb }: { awb: string }) {
  const [link] = useState(() => new URLSearchParams(window.location.search).get('t'));
  const { parcel, passed, fresh, error, again } = usePublicParcel(awb, link);
  useEffect(() => {
    document.title = parcel ? `${STATUS[parcel.status].label} · ${awb} · Waybeat` : `${awb} · Waybeat`;
  }, [awb, parcel]);
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <Logo size={26} />
        <span className={classes.brand}>Waybeat</span>
        <span className={classes.push} />
        {/* What shows nothing cannot be stale. */}
        {(parcel || !isOver(error)) && <ContinuityBadge of={fresh} label="This page" />}
      </header>
      <main className={classes.main}>
        {parcel ? (
          <Shown parcel={parcel} passed={passed} />
        ) : error && isOver(error) ? (
          <Notice icon={<PackageX size={36} aria-hidden />} title="This link shows nothing" role="alert">
            It may have ended, or was cut off when it was copied. Ask the sender for a new one.
          </Notice>
        ) : error ? (
          <Trouble error={error} retry={again} />
        ) : (
          <>
            <Skeleton height={90} radius="md" />
            <Skeleton height={300} radius="md" />
          </>
        )}
        {!!error && !!parcel && isOver(error) && (
          <Alert color="yellow" role="alert" title="This link has ended">
            What you see is the last that was known.
            <br />
            <Button mt="xs" variant="default" size="compact-sm" onClick={again}>
              Try again
            </Button>
          </Alert>
        )}
      </main>
      <LiveRegion />
    </div>
  );
}

/** Says what changed by itself to those who do not see it. */
const useAnnounced = (parcel: Followed) => {
  const { status, approaching } = parcel;
  const told = useRef({ status, approaching });
  useEffect(() => {
    if (told.current.status !== status) announce(STATUS[status].sentence);
    if (approaching && !told.current.approaching) announce('Your rider is approaching');
    told.current = { status, approaching };
  }, [status, approaching]);
};

const Shown = ({ parcel, passed }: { parcel: Followed; passed: readonly TrailPoint[] }) => {
  const { awb, status, location, approaching, distanceMeters, minutes } = parcel;
  const now = useNow(5000);
  const markers = useMemo(() => parcelMarkers(parcel, now), [parcel, now]);
  const trail = useMemo(() => joinTrail([], passed), [passed]);
  const { icon: Icon, sentence, tone } = STATUS[status];
  useAnnounced(parcel);
  const near = [
    minutes !== null && `about ${Math.max(1, Math.round(minutes))} min`,
    distanceMeters !== null && distanceWords(distanceMeters),
  ].filter(Boolean);
  return (
    <>
      <section className={classes.status} data-tone={tone} aria-label="Status" data-testid="public-status">
        <span className={classes.icon}>
          <Icon size={26} aria-hidden />
        </span>
        <div>
          <Title order={1} className={classes.sentence}>
            {sentence}
          </Title>
          <p className={classes.awb}>
            Parcel {awb}, since {stamp(parcel.statusChangedAt)}
          </p>
        </div>
      </section>
      {approaching && !isFinal(status) && (
        <section className={classes.near} aria-label="Your rider is approaching" data-testid="approaching">
          <Bike size={22} aria-hidden />
          <div>
            <b>Your rider is approaching</b>
            {near.length > 0 && <div>{near.join(', ')} away</div>}
          </div>
        </section>
      )}
      <Steps status={status} />
      {!isFinal(status) && (
        <section className={classes.where} aria-label="Where it is">
          <div className={classes.line}>
            <PositionAge location={location} moving={status === 'OUT_FOR_DELIVERY'} />
            <Arrival parcel={parcel} />
          </div>
          {markers.length > 0 && (
            <div className={classes.map} data-testid="public-map">
              <LazyMap
                label={`Map of parcel ${awb}`}
                markers={markers}
                trail={trail}
                selectedId={awb}
                fit={location ? `${awb} ${status}` : awb}
                follow={awb}
              />
            </div>
          )}
        </section>
      )}
      <section className={classes.panel} aria-labelledby="history">
        <Title order={2} id="history" className={classes.title}>
          So far
        </Title>
        <ParcelTimeline steps={parcel.timeline} />
      </section>
    </>
  );
};
