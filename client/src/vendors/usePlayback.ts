import { useCallback, useEffect, useState } from 'react';

/** A clock that runs from `first` to `last`, `speed` times as fast as ours, and can be set. */
export const usePlayback = (first: number, last: number, speed: number) => {
  const [time, setTime] = useState(first);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    let before = performance.now();
    let frame = 0;
    const step = (now: number) => {
      const passed = (now - before) * speed;
      before = now;
      setTime((current) => Math.min(last, current + passed));
      frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [playing, speed, last]);
  const ended = time >= last;
  useEffect(() => {
    if (ended) setPlaying(false);
  }, [ended]);
  const toggle = useCallback(() => {
    // At the end, playing means from the beginning.
    setTime((current) => (current >= last ? first : current));
    setPlaying((current) => !current);
  }, [first, last]);
  return { time, playing, seek: setTime, toggle };
};
