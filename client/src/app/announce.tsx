import { VisuallyHidden } from '@mantine/core';
import { useEffect, useState } from 'react';

/**
 * Tells screen readers what changed by itself. Changes that come in a burst are said as one sentence, and at most one
 * sentence is said in a few seconds: a busy list must not talk over the person using it.
 */

const QUIET_MS = 4000;
let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let speak: ((text: string) => void) | undefined;

const flush = () => {
  timer = undefined;
  if (waiting.length === 0) return;
  speak?.(waiting.length <= 2 ? waiting.join('. ') : `${waiting.length} changes. Latest: ${waiting.at(-1)}`);
  waiting = [];
  timer = setTimeout(flush, QUIET_MS);
};

export const announce = (text: string): void => {
  waiting.push(text);
  if (timer === undefined) timer = setTimeout(flush, 300);
};

export const LiveRegion = () => {
  const [text, setText] = useState('');
  useEffect(() => {
    speak = setText;
    return () => {
      speak = undefined;
    };
  }, []);
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {text}
    </VisuallyHidden>
  );
};
