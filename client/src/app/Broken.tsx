import { Button } from '@mantine/core';
import { Unplug } from 'lucide-react';
import { Component, type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import { Notice } from './Trouble.tsx';

type Props = {
  children: ReactNode;
  /** What stands there after a failure; without it, a notice that says what may have happened. */
  instead?: ReactNode;
};

/**
 * Catches what no screen foresaw; most often a part of the page that could not be loaded after an update or without a
 * network. Another address gets another chance.
 */
export const Broken = ({ children, instead = <Unforeseen /> }: Props) => {
  const [location] = useLocation();
  return (
    <Boundary location={location} instead={instead}>
      {children}
    </Boundary>
  );
};

class Boundary extends Component<Props & { location: string }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate(before: { location: string }) {
    if (this.state.failed && before.location !== this.props.location) this.setState({ failed: false });
  }

  override render() {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}

/** Without an answer loading again would lead to the browser's own error page, and everything here would be gone. */
const answers = () =>
  fetch(window.location.href, { method: 'HEAD', cache: 'no-store' }).then(
    () => true,
    () => false,
  );

const Unforeseen = () => {
  const [state, setState] = useState<'idle' | 'asking' | 'unreachable'>('idle');
  const loadAgain = async () => {
    setState('asking');
    if (await answers()) window.location.reload();
    else setState('unreachable');
  };
  return (
    <Notice icon={<Unplug size={32} aria-hidden />} title="This screen could not be shown" role="alert">
      {state === 'unreachable'
        ? 'No answer from the server. Check your connection, then load it again. Nothing you saved is lost.'
        : 'The connection may be down, or Waybeat was updated while this window was open. Nothing you saved is lost.'}
      <br />
      <Button mt="md" loading={state === 'asking'} onClick={() => void loadAgain()}>
        Load again
      </Button>
    </Notice>
  );
};
