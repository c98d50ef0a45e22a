import { Avatar } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { ServerEvent } from '../../../server/contract/common.ts';
import type { Viewer } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import { PersonAvatar } from '../app/PersonAvatar.tsx';
import { stamp } from '../app/time.ts';
import { useContinuity } from '../hooks/useContinuity.ts';
import { useUser } from '../signin/session.ts';
import { socketClient } from '../utils/socketClient.ts';
import { shipmentPath } from './useShipment.ts';
import classes from './Viewers.module.css';

const SHOWN = 4;

/** Who has this shipment open right now, since when. */
export const Viewers = ({ shipmentId }: { shipmentId: string }) => {
  const user = useUser();
  const client = useQueryClient();
  const { status } = useContinuity();
  const key = ['shipments', 'viewers', shipmentId];
  const { data } = useQuery({
    queryKey: [...key, status],
    queryFn: ({ signal }) => request<{ items: Viewer[] }>(`${shipmentPath(shipmentId)}/viewers`, { signal }),
    enabled: status === 'live',
  });

  useEffect(() => {
    const again = (event: ServerEvent) => {
      if (event.shipmentId === shipmentId)
        void client.invalidateQueries({ queryKey: ['shipments', 'viewers', shipmentId] });
    };
    const stops = [socketClient.on('user:viewing', again), socketClient.on('user:disconnected', again)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, shipmentId]);

  // Who was here before the connection broke says nothing about now.
  const viewers = status === 'live' ? (data?.items ?? []) : [];
  if (viewers.length === 0) return null;
  const hidden = viewers.slice(SHOWN);
  return (
    <Avatar.Group spacing={8} className={classes.group} role="group" aria-label="Viewing now" data-testid="viewers">
      {viewers.slice(0, SHOWN).map((viewer) => (
        <PersonAvatar key={viewer.userId} name={viewer.username} hint={hintOf(viewer, user?.id)} />
      ))}
      {hidden.length > 0 && (
        <PersonAvatar name={`+ ${hidden.length}`} hint={hidden.map(({ username }) => username).join(', ')} />
      )}
    </Avatar.Group>
  );
};

const hintOf = ({ userId, username, since, sockets }: Viewer, self: string | undefined) => {
  const who = userId === self ? `${username} (you)` : username;
  return `${who}, viewing since ${stamp(since)}${sockets > 1 ? ` in ${sockets} windows` : ''}`;
};
