import { Group } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { ServerEvent } from '../../../server/contract/common.ts';
import type { Viewer } from '../../../server/contract/shipments.ts';
import { request } from '../app/api.ts';
import type { Continuity } from '../app/ContinuityBadge.tsx';
import { PersonAvatar } from '../app/PersonAvatar.tsx';
import { stamp } from '../app/time.ts';
import { useUser } from '../signin/session.ts';
import { socketClient } from '../utils/socketClient.ts';
import { shipmentPath } from './useShipment.ts';

const SHOWN = 4;

/** Who has this shipment open right now, since when. */
export const Viewers = ({ shipmentId, fresh }: { shipmentId: string; fresh: Continuity }) => {
  const user = useUser();
  const client = useQueryClient();
  // Joined only once the stream is live; and who was here before the connection broke says nothing about now.
  const joined = fresh.status === 'live';
  const { data } = useQuery({
    queryKey: ['shipments', 'viewers', shipmentId, joined],
    queryFn: ({ signal }) => request<{ items: Viewer[] }>(`${shipmentPath(shipmentId)}/viewers`, { signal }),
    enabled: joined,
    gcTime: 0,
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

  const viewers = joined ? (data?.items ?? []) : [];
  if (viewers.length === 0) return null;
  const hidden = viewers.slice(SHOWN);
  return (
    <Group gap={4} role="group" aria-label="Viewing now" data-testid="viewers">
      {viewers.slice(0, SHOWN).map((viewer) => (
        <PersonAvatar key={viewer.userId} name={viewer.username} hint={hintOf(viewer, user?.id)} />
      ))}
      {hidden.length > 0 && (
        <PersonAvatar name={`+ ${hidden.length}`} hint={hidden.map(({ username }) => username).join(', ')} />
      )}
    </Group>
  );
};

const hintOf = ({ userId, username, since, sockets }: Viewer, self: string | undefined) => {
  const who = userId === self ? `${username} (you)` : username;
  return `${who}, viewing since ${stamp(since)}${sockets > 1 ? ` in ${sockets} windows` : ''}`;
};
