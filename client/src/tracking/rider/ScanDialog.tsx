import { Button, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import classes from './ScanDialog.module.css';

/** Chromium on Android knows it; TypeScript's library does not yet. */
type Detector = { detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]> };
const newDetector = (): Detector | undefined => {
  const Made = (window as unknown as { BarcodeDetector?: new () => Detector }).BarcodeDetector;
  return Made && new Made();
};

const AWB = /[A-Z]{2}[0-9]{8,12}/;
const LOOK_MS = 250;

type Props = { onFound: (awb: string) => void; onClose: () => void };

/** Finds a parcel by its label: with the camera where the browser can, else typed or by a hand scanner. */
export const ScanDialog = ({ onFound, onClose }: Props) => {
  const video = useRef<HTMLVideoElement>(null);
  const [camera, setCamera] = useState<'asking' | 'on' | 'off'>('asking');
  const [text, setText] = useState('');
  const found = useRef(onFound);
  useEffect(() => {
    found.current = onFound;
  });

  useEffect(() => {
    const detector = newDetector();
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setInterval> | undefined;
    let stopped = false;
    const look = async () => {
      if (!detector || !video.current || video.current.readyState < 2) return;
      const codes = await detector.detect(video.current).catch(() => []);
      const awb = codes.map(({ rawValue }) => AWB.exec(rawValue.toUpperCase())?.[0]).find(Boolean);
      if (awb && !stopped) found.current(awb);
    };
    const open = async () => {
      if (!detector || !navigator.mediaDevices) throw new Error('No camera that reads codes');
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (stopped || !video.current) return;
      video.current.srcObject = stream;
      await video.current.play();
      setCamera('on');
      timer = setInterval(() => void look(), LOOK_MS);
    };
    open().catch(() => setCamera('off'));
    return () => {
      stopped = true;
      clearInterval(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const awb = AWB.exec(text.toUpperCase().replaceAll(/[\s-]/g, ''))?.[0];
    if (awb) onFound(awb);
  };
  return (
    <Modal opened onClose={onClose} title="Find a parcel" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="sm">
        <video ref={video} className={classes.video} hidden={camera !== 'on'} playsInline muted aria-label="Camera" />
        <Text size="sm" c="dimmed">
          {camera === 'on'
            ? 'Hold the label in front of the camera, or type its number.'
            : 'Type or scan the number on the label.'}
        </Text>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput
              label="AWB"
              data-autofocus
              autoCapitalize="characters"
              autoComplete="off"
              maxLength={20}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Button type="submit" size="md">
              Find
            </Button>
          </Stack>
        </form>
      </Stack>
    </Modal>
  );
};
