import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Panel } from '../app/Panel.tsx';
import { stamp } from '../app/time.ts';
import { readPhoto, readPhotos } from './calls.ts';
import classes from './Photos.module.css';
import type { Photo } from './wire.ts';

/** The rider's photos as proof of delivery; nothing at all while there is none. */
export const Photos = ({ awb, version }: { awb: string; version: number }) => {
  const { data } = useQuery({
    queryKey: ['tracking', 'photos', awb, version],
    queryFn: ({ signal }) => readPhotos(awb, signal),
    placeholderData: (before) => before,
  });
  if (!data || data.items.length === 0) return null;
  return (
    <Panel title="Proof of delivery">
      <div className={classes.row}>
        {data.items.map((photo) => (
          <OnePhoto key={photo.id} awb={awb} photo={photo} />
        ))}
      </div>
    </Panel>
  );
};

const OnePhoto = ({ awb, photo }: { awb: string; photo: Photo }) => {
  const { data } = useQuery({
    queryKey: ['tracking', 'photo', photo.id],
    queryFn: ({ signal }) => readPhoto(awb, photo.id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!data) return;
    // As a data: address, since the page's content policy admits those and no blob: ones.
    const reader = new FileReader();
    reader.onload = () => setUrl(String(reader.result));
    reader.readAsDataURL(data);
    return () => reader.abort();
  }, [data]);
  const words = `Taken ${stamp(photo.takenAt)}${photo.by ? ` by ${photo.by}` : ''}`;
  return (
    <figure className={classes.photo}>
      {url ? <img src={url} alt={`Proof of delivery. ${words}`} /> : <div className={classes.waiting} />}
      <Text component="figcaption" size="xs" c="dimmed">
        {words}
      </Text>
    </figure>
  );
};
