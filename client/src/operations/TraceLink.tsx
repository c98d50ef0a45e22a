import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { useUser } from '../signin/session.ts';
import { mayTrace } from './access.ts';

/** From a thing's own page to where one may ask who saw its changes; nothing for those who may not ask. */
export const TraceLink = ({ stream }: { stream: string }) => {
  const user = useUser();
  if (!user || !mayTrace(user)) return null;
  return (
    <Anchor component={Link} href={`/trace?stream=${encodeURIComponent(stream)}`} size="sm">
      Why didn’t they see it?
    </Anchor>
  );
};
