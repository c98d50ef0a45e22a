import { Button, Skeleton } from '@mantine/core';
import { PackageCheck, ScanLine } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { User } from '../../../../server/contract/auth.ts';
import { ContinuityBadge } from '../../app/ContinuityBadge.tsx';
import { newId } from '../../app/newId.ts';
import { notifyRefusal } from '../../app/notify.tsx';
import { Page } from '../../app/Page.tsx';
import { Notice, Trouble } from '../../app/Trouble.tsx';
import { isFinal } from '../status.ts';
import { useParcelList } from '../useParcelList.ts';
import type { Parcel, ParcelStatus } from '../wire.ts';
import { keepPageOffline } from './offlinePage.ts';
import { QueuePanel } from './QueuePanel.tsx';
import { enqueue, type Queued } from './queue.ts';
import classes from './RiderPage.module.css';
import { RiderParcel } from './RiderParcel.tsx';
import { ScanDialog } from './ScanDialog.tsx';
import { SharePosition } from './SharePosition.tsx';
import { shrinkPhoto } from './shrinkPhoto.ts';
import { useQueue } from './useQueue.ts';
import { useSharing } from './useSharing.ts';

const ALL = { status: '' as const, q: '' };
const ORDER: ParcelStatus[] = ['OUT_FOR_DELIVERY', 'FAILED_ATTEMPT', 'IN_TRANSIT', 'PICKED_UP', 'AT_HUB', 'CREATED'];
/** In the rider's hands: where the rider is, it is. */
const CARRIED: ParcelStatus[] = ['PICKED_UP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'FAILED_ATTEMPT'];

const keyOf = (userId: string) => `waybeat.rider.round.${userId}`;
const readRound = (userId: string): Parcel[] => {
  try {
    return JSON.parse(localStorage.getItem(keyOf(userId)) ?? '[]') as Parcel[];
  } catch {
    return [];
  }
};

/** The round as it was last read, so that a phone without network still shows it. */
const useRound = (userId: string) => {
  const list = useParcelList(ALL);
  const [kept] = useState(() => readRound(userId));
  const { rows, isSuccess } = list;
  useEffect(() => {
    if (isSuccess) localStorage.setItem(keyOf(userId), JSON.stringify(rows));
  }, [userId, rows, isSuccess]);
  return { ...list, rows: isSuccess ? rows : kept };
};

const lastStatus = (items: readonly Queued[], awb: string): ParcelStatus | undefined => {
  const last = items.findLast((item) => item.kind === 'status' && item.awb === awb && item.refused === undefined);
  return last?.kind === 'status' ? last.status : undefined;
};

/** The rider's phone: their parcels, their position, what they tap and photograph; all of it also without network. */
export default function RiderPage({ user }: { user: User }) {
  const round = useRound(user.id);
  const { items, sending } = useQueue(user.id);
  const [scanning, setScanning] = useState(false);
  const [found, setFound] = useState<string>();
  useEffect(keepPageOffline, []);

  const parcels = useMemo(
    () =>
      round.rows
        .map((parcel) => ({ parcel, pending: lastStatus(items, parcel.awb) }))
        .map((one) => ({ ...one, status: one.pending ?? one.parcel.status }))
        // One that was delivered stays until the server knows it.
        .filter(({ parcel }) => !isFinal(parcel.status))
        .sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || a.parcel.awb.localeCompare(b.parcel.awb)),
    [round.rows, items],
  );
  const carried = parcels.filter(({ status }) => CARRIED.includes(status)).map(({ parcel }) => parcel.awb);
  const sharing = useSharing(user.id, carried);

  const setStatus = (awb: string, status: ParcelStatus) =>
    void enqueue({ kind: 'status', userId: user.id, awb, key: newId(), status, recordedAt: new Date().toISOString() });
  const addPhoto = async (awb: string, file: File) => {
    try {
      const photo = await shrinkPhoto(file);
      const takenAt = new Date().toISOString();
      await enqueue({ kind: 'photo', userId: user.id, awb, key: newId(), photo, type: 'image/jpeg', takenAt });
    } catch {
      notifyRefusal('The photo could not be read.', 'Take it once more.');
    }
  };
  const onFound = (awb: string) => {
    setScanning(false);
    if (!parcels.some(({ parcel }) => parcel.awb === awb)) {
      notifyRefusal(`${awb} is not on your round.`, 'Ask your dispatcher to give it to you.');
      return;
    }
    setFound(awb);
    document.getElementById(`parcel-${awb}`)?.scrollIntoView({ block: 'center' });
    document.querySelector<HTMLElement>(`#parcel-${awb} button`)?.focus();
  };

  return (
    <Page
      title="My round"
      aside={<ContinuityBadge of={round.fresh} label="This round" compact />}
      actions={
        <Button variant="default" leftSection={<ScanLine size={18} aria-hidden />} onClick={() => setScanning(true)}>
          Scan
        </Button>
      }
    >
      <div className={classes.stack}>
        <SharePosition sharing={sharing} parcels={carried.length} />
        <QueuePanel items={items} sending={sending} />
        {round.isPending && parcels.length === 0 && <Skeleton height={140} radius="md" />}
        {round.isError && parcels.length === 0 && <Trouble error={round.error} retry={() => void round.refetch()} />}
        {round.isSuccess && parcels.length === 0 && (
          <Notice icon={<PackageCheck size={32} aria-hidden />} title="Your round is done">
            New parcels appear here as soon as they are given to you.
          </Notice>
        )}
        <ul className={classes.list} aria-label="Your parcels">
          {parcels.map(({ parcel, pending }) => (
            <RiderParcel
              key={parcel.awb}
              parcel={parcel}
              pending={pending}
              found={parcel.awb === found}
              photos={items.filter((item) => item.kind === 'photo' && item.awb === parcel.awb).length}
              onStatus={(status) => setStatus(parcel.awb, status)}
              onPhoto={(file) => void addPhoto(parcel.awb, file)}
            />
          ))}
        </ul>
      </div>
      {scanning && <ScanDialog onFound={onFound} onClose={() => setScanning(false)} />}
    </Page>
  );
}
