import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { Check, Copy, Link2Off } from 'lucide-react';
import encodeQR from 'qr';
import { useMemo, useRef, useState } from 'react';
import { FormTrouble } from '../app/FormTrouble.tsx';
import { newId } from '../app/newId.ts';
import { notifyDone } from '../app/notify.tsx';
import { full } from '../app/time.ts';
import { createLink, revokeLink } from './calls.ts';
import classes from './ShareDialog.module.css';
import type { TrackingLink } from './wire.ts';

const LIVES = [
  { value: '24', label: 'One day' },
  { value: '72', label: 'Three days' },
  { value: '168', label: 'One week' },
];

/** A link to the public page of this one parcel: as text, as a QR code to scan, and revocable at once. */
export const ShareDialog = ({ awb, onClose }: { awb: string; onClose: () => void }) => {
  const [hours, setHours] = useState('72');
  const key = useRef(newId());
  const create = useMutation({ mutationFn: () => createLink(awb, Number(hours), key.current) });
  const revoke = useMutation({
    mutationFn: ({ id }: TrackingLink) => revokeLink(awb, id),
    onSuccess: () => {
      notifyDone('The link opens nothing any more.');
      onClose();
    },
  });
  const link = create.data;
  return (
    <Modal opened onClose={onClose} title={`Share ${awb}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      {link ? (
        <Shared link={link} revoke={() => revoke.mutate(link)} busy={revoke.isPending} error={revoke.error} />
      ) : (
        <Stack gap="md">
          <Text size="sm">
            Whoever has the link sees where the parcel is and when it comes, without signing in: no names, no street.
          </Text>
          <NativeSelect
            label="It works for"
            data={LIVES}
            value={hours}
            data-autofocus
            onChange={(event) => {
              key.current = newId();
              setHours(event.currentTarget.value);
            }}
          />
          <FormTrouble error={create.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button onClick={() => create.mutate()} loading={create.isPending}>
              Make a link
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
};

type SharedProps = { link: TrackingLink; revoke: () => void; busy: boolean; error: unknown };

const Shared = ({ link, revoke, busy, error }: SharedProps) => {
  const url = new URL(link.url, window.location.href).href;
  const clipboard = useClipboard({ timeout: 2000 });
  return (
    <Stack gap="md">
      <Code text={url} />
      <TextInput
        label="Link"
        value={url}
        readOnly
        data-autofocus
        data-testid="link"
        onFocus={(event) => event.currentTarget.select()}
        description={`Works until ${full(link.expiresAt)}`}
      />
      <FormTrouble error={error} />
      <Group justify="space-between" gap="xs">
        <Button variant="default" leftSection={<Link2Off size={16} aria-hidden />} onClick={revoke} loading={busy}>
          Revoke
        </Button>
        <Button
          leftSection={clipboard.copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          onClick={() => clipboard.copy(url)}
        >
          {clipboard.copied ? 'Copied' : 'Copy link'}
        </Button>
      </Group>
    </Stack>
  );
};

/**
 * Dark on white in both schemes, with four modules of white around it, as readers expect. A link is long: the lowest
 * correction leaves the squares large enough for a phone that reads from a screen.
 */
const Code = ({ text }: { text: string }) => {
  const { size, path } = useMemo(() => {
    const rows = encodeQR(text, 'raw', { ecc: 'low', border: 4 });
    const squares = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')));
    return { size: rows.length, path: squares.join('') };
  }, [text]);
  return (
    <svg className={classes.code} viewBox={`0 0 ${size} ${size}`} role="img" aria-label="The link as a QR code">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
};
