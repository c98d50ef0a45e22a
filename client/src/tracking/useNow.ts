import { useEffect, useState } from 'react';

/** The time, in steps of `stepMs`, for ages that must not stand still. */
export const useNow = (stepMs = 1000): number => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), stepMs);
    return () => clearInterval(timer);
  }, [stepMs]);
  return now;
};
