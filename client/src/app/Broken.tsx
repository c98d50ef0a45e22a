import { Button } from '@mantine/core';
import { Unplug } from 'lucide-react';
import { Component, type ReactNode } from 'react';
import { Notice } from './Trouble.tsx';

/** Catches what no screen foresaw; most often a part of the page that could not be loaded after an update. */
export class Broken extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice icon={<Unplug size={32} aria-hidden />} title="This screen could not be shown" role="alert">
        The connection may be down, or Waybeat was updated while this window was open. Nothing you saved is lost.
        <br />
        <Button mt="md" onClick={() => window.location.reload()}>
          Load again
        </Button>
      </Notice>
    );
  }
}
