import { Button } from '@mantine/core';
import { Unplug } from 'lucide-react';
import { Component, type ReactNode } from 'react';
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

const Unforeseen = () => (
  <Notice icon={<Unplug size={32} aria-hidden />} title="This screen could not be shown" role="alert">
    The connection may be down, or Waybeat was updated while this window was open. Nothing you saved is lost.
    <br />
    <Button mt="md" onClick={() => window.location.reload()}>
      Load again
    </Button>
  </Notice>
);
